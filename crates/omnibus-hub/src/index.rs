//! Who subscribes to what in this shard?

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use slab::Slab;

use crate::shrink;

/// The channels of a shard that have subscribers, each under a small number.
#[derive(Default)]
pub(crate) struct ChannelIndex {
    hasher: RandomState,
    names: HashTable<u32>,
    channels: Slab<Channel>,
}

struct Channel {
    name: Box<[u8]>,
    /// Connections, sorted: half the memory of a hash set, and the fan-out walks it in order.
    subscribers: Vec<u32>,
}

impl ChannelIndex {
    pub(crate) fn find(&self, name: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.names
            .find(hash, |&id| *self.channels[id as usize].name == *name)
            .copied()
    }

    /// The number of the channel, made if need be; true if it was made.
    pub(crate) fn find_or_insert(&mut self, name: &[u8]) -> (u32, bool) {
        if let Some(id) = self.find(name) {
            return (id, false);
        }
        let key = self.channels.insert(Channel {
            name: name.into(),
            subscribers: Vec::new(),
        });
        let id = u32::try_from(key).expect("memory ends before four milliards of channels");
        let (hasher, channels) = (&self.hasher, &self.channels);
        self.names.insert_unique(hasher.hash_one(name), id, |&id| {
            hasher.hash_one(&*channels[id as usize].name)
        });
        (id, true)
    }

    pub(crate) fn name(&self, id: u32) -> &[u8] {
        &self.channels[id as usize].name
    }

    pub(crate) fn subscribers(&self, id: u32) -> &[u32] {
        &self.channels[id as usize].subscribers
    }

    pub(crate) fn subscribe(&mut self, id: u32, subscriber: u32) {
        let subscribers = &mut self.channels[id as usize].subscribers;
        if let Err(at) = subscribers.binary_search(&subscriber) {
            subscribers.insert(at, subscriber);
        }
    }

    /// Takes a subscriber out; returns the name of a channel that is gone with its last one.
    pub(crate) fn unsubscribe(&mut self, id: u32, subscriber: u32) -> Option<Box<[u8]>> {
        let channel = &mut self.channels[id as usize];
        if let Ok(at) = channel.subscribers.binary_search(&subscriber) {
            channel.subscribers.remove(at);
        }
        if !channel.subscribers.is_empty() {
            if channel.subscribers.len() * 4 < channel.subscribers.capacity() {
                channel.subscribers.shrink_to(channel.subscribers.len() * 2);
            }
            return None;
        }
        let hash = self.hasher.hash_one(&*channel.name);
        if let Ok(entry) = self.names.find_entry(hash, |&found| found == id) {
            entry.remove();
        }
        let name = self.channels.remove(id as usize).name;
        if shrink::slab(&mut self.channels) {
            let (hasher, channels) = (&self.hasher, &self.channels);
            self.names
                .shrink_to(channels.len(), |&id| hasher.hash_one(&*channels[id as usize].name));
        }
        Some(name)
    }

    /// Channels that have subscribers.
    pub(crate) fn len(&self) -> usize {
        self.channels.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_lives_as_long_as_it_has_subscribers() {
        let mut index = ChannelIndex::default();
        let (id, made) = index.find_or_insert(b"news");
        assert!(made);
        index.subscribe(id, 3);
        index.subscribe(id, 1);
        assert_eq!(index.find_or_insert(b"news"), (id, false));
        assert_eq!(index.subscribers(id), [1, 3]);
        assert_eq!(index.unsubscribe(id, 1), None);
        assert_eq!(index.unsubscribe(id, 3).as_deref(), Some(b"news".as_slice()));
        assert_eq!((index.find(b"news"), index.len()), (None, 0));
    }

    #[test]
    fn channels_that_have_ended_leave_no_memory_behind() {
        let mut index = ChannelIndex::default();
        let ids: Vec<u32> = (0..50_000_u32)
            .map(|number| {
                let (id, _) = index.find_or_insert(&number.to_le_bytes());
                index.subscribe(id, 1);
                id
            })
            .collect();
        for id in &ids[10..] {
            index.unsubscribe(*id, 1);
        }
        assert!(index.channels.capacity() < 5_000 && index.names.capacity() < 5_000);
        assert_eq!(index.find(&9_u32.to_le_bytes()), Some(ids[9]));
    }
}
