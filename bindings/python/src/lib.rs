//! Kvorum for Python.
