/**
 * Kvorum: a distributed key-value store to run, break and look into.
 *
 * <p>{@link dev.kvorum.Cluster} is a whole cluster of simulated nodes inside this process: virtual time, a
 * seeded network, memory disks. One seed gives one run, the same in Rust, Python and Java. {@link
 * dev.kvorum.Ring} shows which nodes hold a key, and {@link dev.kvorum.Scenario} runs scripts.
 *
 * <p>Every failure is a {@link dev.kvorum.KvorumException}; a null where a value belongs is a {@link
 * java.lang.NullPointerException} that names it.
 */
package dev.kvorum;
