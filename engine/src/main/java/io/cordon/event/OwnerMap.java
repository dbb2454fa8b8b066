/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.cordon.event;

import io.cordon.poison.ByteRange;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Who owns which ranges of a region; ranges may overlap, and several owners may share one, as files share blocks.
 *
 * <p>A treap (a search tree by start that is a heap by random priorities) whose nodes also know the greatest end below
 * them. Nodes never change: an update makes new ones on the way from the root, so that a look-up takes the root once
 * and sees one state of the whole map, without a lock. Updates and look-ups take time logarithmic in the number of
 * ranges, and look-ups at most that again for each range found.
 *
 * <p>Thread-safe: look-ups never wait, updates wait for each other.
 */
public final class OwnerMap {
    private final long size;
    private final SplittableRandom random = new SplittableRandom();
    private long lastId;
    private volatile State state = new State(null, 0);

    /** All that a look-up needs. */
    private record State(Node root, int count) {
    }

    /**
     * One owned range.
     *
     * @param key      whose start and age are the order.
     * @param priority not less than those below.
     * @param maxEnd   the greatest end of this range and those below.
     */
    private record Node(Ownership key, int priority, long maxEnd, Node left, Node right) {
        static Node of(final Ownership key, final int priority, final Node left, final Node right) {
            long end = key.range().end();
            if (left != null) {
                end = Math.max(end, left.maxEnd);
            }
            if (right != null) {
                end = Math.max(end, right.maxEnd);
            }
            return new Node(key, priority, end, left, right);
        }

        Node with(final Node newLeft, final Node newRight) {
            return newLeft == left && newRight == right ? this : of(key, priority, newLeft, newRight);
        }
    }

    /**
     * A map in which nobody owns anything.
     *
     * @param size of the region in bytes.
     */
    public OwnerMap(final long size) {
        this.size = size;
    }

    /**
     * Has a range owned from now on.
     *
     * @param offset      first byte in the region; any alignment.
     * @param length      in bytes; positive.
     * @param owner       who; compared and changed by nobody here.
     * @param ownerOffset where the range starts in the owner's own offsets; not negative.
     * @return what ends the ownership when it is closed.
     * @throws IndexOutOfBoundsException if the range does not lie in the region.
     * @throws IllegalArgumentException  if the range is empty, or its end in the owner's offsets overflows or its start
     *                                   is negative.
     */
    public Ownership own(final long offset, final long length, final Object owner, final long ownerOffset) {
        Objects.requireNonNull(owner, "owner");
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(
                "offset " + offset + " and length " + length + " do not fit the size " + size);
        }
        if (length == 0 || ownerOffset < 0 || ownerOffset + length < 0) {
            throw new IllegalArgumentException("nobody can own " + length + " bytes from " + ownerOffset
                + " on in the owner's offsets");
        }
        synchronized (this) {
            final Ownership ownership =
                new Ownership(this, ++lastId, owner, new ByteRange(offset, length), ownerOffset);
            state = new State(insert(state.root, ownership, random.nextInt()), state.count + 1);
            return ownership;
        }
    }

    synchronized void remove(final Ownership ownership) {
        final Node root = remove(state.root, ownership);
        if (root != state.root) {
            state = new State(root, state.count - 1);
        }
    }

    /**
     * How many ranges are owned.
     *
     * @return the number; a range that has two owners counts twice.
     */
    public int count() {
        return state.count;
    }

    /**
     * Who owns parts of ranges.
     *
     * @param ranges in the region's offsets; ascending, not overlapping.
     * @return for each range all owners of parts of it, in the order of their ownerships' starts, cut to the range.
     */
    public List<OwnedRange> owners(final List<ByteRange> ranges) {
        return owners(state.root, ranges);
    }

    /** As {@link #owners}, at the time of this call, but looked up when the list is first used. */
    List<OwnedRange> ownersNow(final List<ByteRange> ranges) {
        final Node root = state.root;
        return root == null ? List.of() : new OwnerList(() -> owners(root, ranges));
    }

    private static List<OwnedRange> owners(final Node root, final List<ByteRange> ranges) {
        final List<OwnedRange> found = new ArrayList<>();
        for (final ByteRange range : ranges) {
            collect(root, range, found);
        }
        return found;
    }

    private static void collect(final Node node, final ByteRange range, final List<OwnedRange> found) {
        if (node == null || node.maxEnd <= range.offset()) {
            return;
        }
        collect(node.left, range, found);
        final ByteRange own = node.key.range();
        if (own.offset() >= range.end()) {
            return;
        }
        if (own.end() > range.offset()) {
            final long start = Math.max(own.offset(), range.offset());
            final long end = Math.min(own.end(), range.end());
            found.add(new OwnedRange(node.key.owner(), new ByteRange(start, end - start),
                node.key.ownerOffset() + start - own.offset()));
        }
        collect(node.right, range, found);
    }

    private static Node insert(final Node node, final Ownership key, final int priority) {
        if (node == null) {
            return Node.of(key, priority, null, null);
        }
        final long offset = key.range().offset();
        if (priority > node.priority) {
            return Node.of(key, priority, before(node, offset, key.id()), after(node, offset, key.id()));
        }
        return node.key.isBefore(offset, key.id())
            ? node.with(node.left, insert(node.right, key, priority))
            : node.with(insert(node.left, key, priority), node.right);
    }

    /** The part of a tree that comes before a key that is not in it. */
    private static Node before(final Node node, final long offset, final long id) {
        if (node == null) {
            return null;
        }
        return node.key.isBefore(offset, id)
            ? node.with(node.left, before(node.right, offset, id)) : before(node.left, offset, id);
    }

    /** The part of a tree that comes after a key that is not in it. */
    private static Node after(final Node node, final long offset, final long id) {
        if (node == null) {
            return null;
        }
        return node.key.isBefore(offset, id)
            ? after(node.right, offset, id) : node.with(after(node.left, offset, id), node.right);
    }

    private static Node remove(final Node node, final Ownership key) {
        if (node == null) {
            return null;
        }
        if (node.key == key) {
            return merge(node.left, node.right);
        }
        return node.key.isBefore(key.range().offset(), key.id())
            ? node.with(node.left, remove(node.right, key)) : node.with(remove(node.left, key), node.right);
    }

    private static Node merge(final Node left, final Node right) {
        if (left == null || right == null) {
            return left == null ? right : left;
        }
        return left.priority >= right.priority
            ? left.with(left.left, merge(left.right, right)) : right.with(merge(left, right.left), right.right);
    }

    /** The longest way from the root to a leaf, in nodes. */
    int depth() {
        return depth(state.root);
    }

    private static int depth(final Node node) {
        return node == null ? 0 : 1 + Math.max(depth(node.left), depth(node.right));
    }
}
