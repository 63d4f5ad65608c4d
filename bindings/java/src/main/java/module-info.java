/** Kvorum: a distributed key-value store to run, break and look into, simulated from one seed. */
module dev.kvorum {
    exports dev.kvorum;
}
