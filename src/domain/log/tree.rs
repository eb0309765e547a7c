//! The Merkle tree of RFC 6962: hashing, growing, proofs, and the checking of proofs. Nothing here is stored: whoever asks
//! for a proof gets the ranges of leaves whose subtree hashes make it up, and brings those.
use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// The hash of a leaf's data (RFC 6962, 2.1).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that only grows: the roots of its perfect subtrees, the largest first. One hash for each bit set in `size`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds one leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_perfect(leaf, 0);
    }

    /// Adds a perfect subtree of `2^level` leaves; the size so far must be a multiple of that.
    pub fn push_perfect(&mut self, root: Hash, level: u32) {
        debug_assert!(self.size.is_multiple_of(1 << level), "subtrees are added where they fit");
        let (mut root, mut above) = (root, self.size >> level);
        while above & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            root = node_hash(&left, &root);
            above >>= 1;
        }
        self.roots.push(root);
        self.size += 1 << level;
    }

    /// The root of the whole tree; of an empty one the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return Sha256::digest(b"").into() };
        roots.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root over leaf hashes.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut tree = Frontier::default();
    leaves.into_iter().for_each(|leaf| tree.push(leaf));
    tree.root()
}

/// A run of leaves, from the first up to and without the second.
pub type Range = (u64, u64);

/// The largest power of two smaller than `n`; `n` is at least 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The runs of leaves whose roots prove leaf `index` in a tree of `size`, from the leaf upwards (RFC 6962, 2.1.1).
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range>> {
    if index >= size {
        return None;
    }
    let (mut out, mut lo, mut hi) = (vec![], 0, size);
    while hi - lo > 1 {
        let middle = lo + split(hi - lo);
        if index < middle {
            out.push((middle, hi));
            hi = middle;
        } else {
            out.push((lo, middle));
            lo = middle;
        }
    }
    out.reverse();
    Some(out)
}

/// The runs of leaves whose roots prove that a tree of `old` grew into one of `new` (RFC 6962, 2.1.2).
pub fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut out, mut lo, mut hi) = (vec![], 0, new);
    while old < hi {
        let middle = lo + split(hi - lo);
        if old <= middle {
            out.push((middle, hi));
            hi = middle;
        } else {
            out.push((lo, middle));
            lo = middle;
        }
    }
    if lo > 0 {
        out.push((lo, hi));
    }
    out.reverse();
    Some(out)
}

/// Does this path lead from the leaf at `index` to the root of a tree of `size` (RFC 9162, 2.1.3.2)?
pub fn is_included(leaf: Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(step, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Does this path show that the tree of `old` leaves is the beginning of the one of `new` (RFC 9162, 2.1.4.2)?
pub fn is_consistent((old, old_root): (u64, &Hash), (new, new_root): (u64, &Hash), path: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    let whole = old.is_power_of_two();
    let mut steps = path.iter();
    let Some(first) = (if whole { Some(old_root) } else { steps.next() }) else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut was, mut is) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            was = node_hash(step, &was);
            is = node_hash(step, &is);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            is = node_hash(&is, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && was == *old_root && is == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6962 as it is written, by recursion over all leaves.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(usize::try_from(split(many.len() as u64)).unwrap());
                node_hash(&naive(left), &naive(right))
            }
        }
    }
    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }
    fn resolve(all: &[Hash], ranges: Vec<Range>) -> Vec<Hash> {
        ranges.into_iter().map(|(lo, hi)| naive(&all[usize::try_from(lo).unwrap()..usize::try_from(hi).unwrap()])).collect()
    }

    #[test]
    fn the_vectors_of_certificate_transparency_hold() {
        // From the test data of the reference implementation that RFC 6962 came with.
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Frontier::default();
        assert_eq!(hex::encode(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (input, root) in inputs.iter().zip(roots) {
            tree.push(leaf_hash(&hex::decode(input).unwrap()));
            assert_eq!(hex::encode(tree.root()), root);
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_no_other_does() {
        let all = leaves(40);
        let root = |n: u64| naive(&all[..usize::try_from(n).unwrap()]);
        for new in 1..=40 {
            for old in 1..=new {
                let path = resolve(&all, consistency_ranges(old, new).unwrap());
                assert!(is_consistent((old, &root(old)), (new, &root(new)), &path), "{old} in {new}");
                for other in (1..=40).filter(|o| *o != old && *o != new) {
                    assert!(!is_consistent((other, &root(old)), (new, &root(new)), &path) || root(other) == root(old));
                    assert!(!is_consistent((old, &root(other)), (new, &root(new)), &path));
                }
                let (index, leaf) = (old - 1, all[usize::try_from(old - 1).unwrap()]);
                let path = resolve(&all, inclusion_ranges(index, new).unwrap());
                assert!(is_included(leaf, index, new, &path, &root(new)));
                for other in (0..new).filter(|o| *o != index) {
                    assert!(!is_included(leaf, other, new, &path, &root(new)), "{index} passes for {other} in {new}");
                }
            }
        }
        assert_eq!((inclusion_ranges(3, 3), consistency_ranges(0, 3), consistency_ranges(4, 3)), (None, None, None));
    }

    proptest! {
        #[test]
        fn growing_is_as_the_naive_tree(n in 0u64..700) {
            let all = leaves(n);
            prop_assert_eq!(root_of(all.iter().copied()), naive(&all));
        }
        #[test]
        fn perfect_subtrees_may_be_added_whole(n in 1u64..2000, level in 0u32..6) {
            let (all, step) = (leaves(n), 1usize << level);
            let mut tree = Frontier::default();
            let whole = all.len() / step * step;
            all[..whole].chunks(step).for_each(|c| tree.push_perfect(naive(c), level));
            all[whole..].iter().for_each(|l| tree.push(*l));
            prop_assert_eq!((tree.size(), tree.root()), (n, naive(&all)));
        }
        #[test]
        fn a_path_with_a_flipped_bit_proves_nothing(n in 2u64..500, i in 0u64..500, bit in 0usize..256) {
            let (all, index) = (leaves(n), i % n);
            let root = naive(&all);
            let mut path = resolve(&all, inclusion_ranges(index, n).unwrap());
            let (leaf, at) = (all[usize::try_from(index).unwrap()], bit % path.len());
            prop_assert!(is_included(leaf, index, n, &path, &root));
            path[at][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!is_included(leaf, index, n, &path, &root));
        }
    }
}
