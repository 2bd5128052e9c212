//! Is the application told what clients do, and do neighbours hear who leaves?

mod bounds;
mod delivery;
mod encrypted;
mod leave;
mod order;
mod receiver;
mod secrecy;
mod users;
