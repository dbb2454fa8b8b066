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
package io.cordon.fault;

import io.cordon.linux.Libc;
import io.cordon.linux.MemoryMapping;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The mappings of the files that a predicate chooses; see {@link FaultGuard#guardFiles} for those it is not asked
 * about.
 */
final class WatchedFiles implements MappingWatch.Watching {
    /** Memory that has a file only in the kernel's eyes: heaps, shared memory segments, memfds. */
    private static final List<String> NAMELESS =
        List.of("/memfd:", "/SYSV", "/anon_hugepage", "/dev/zero", "/dmabuf:");
    private static final String DEVICES = "/dev/";
    private static final List<String> MEMORY_DEVICES = List.of("/dev/shm/", "/dev/hugepages", "/dev/dax");
    /** -XX:AllocateHeapAt; os_posix.cpp. */
    private static final String HEAP = "/jvmheap.";
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    private final Predicate<? super Path> files;
    private final FaultDelivery delivery;
    private volatile Map<Name, Boolean> known = Map.of();

    WatchedFiles(final Predicate<? super Path> files, final FaultDelivery delivery) {
        this.files = files;
        this.delivery = delivery;
    }

    /** A file under a name; after a rename it is asked about anew. */
    private record Name(long device, long inode, String path) {
        static Name of(final MemoryMapping mapping) {
            return new Name(mapping.device(), mapping.inode(), mapping.path());
        }
    }

    /** A file. */
    private record Identity(long device, long inode) {
    }

    @Override
    public MappingWatch.Wish learn(final List<MemoryMapping> listing) {
        final Map<Name, Boolean> before = known;
        final Map<Name, Boolean> chosen = new HashMap<>();
        final Set<Identity> executed = new HashSet<>();
        for (final MemoryMapping mapping : listing) {
            if (mapping.isFile()) {
                chosen.computeIfAbsent(Name.of(mapping), name -> {
                    final Boolean already = before.get(name);
                    return already == null ? choose(mapping.path()) : already;
                });
                if ((mapping.protection() & Libc.PROT_EXEC) != 0) {
                    executed.add(new Identity(mapping.device(), mapping.inode()));
                }
            }
        }
        known = chosen;
        // A mapping all of whose pages are quarantined is not in the listing.
        return (mapping, watched) ->
            chosen.getOrDefault(new Name(mapping.device(), mapping.inode(), mapping.path()), watched && !mapping.live())
            && !executed.contains(new Identity(mapping.device(), mapping.inode()))
            ? new long[] {mapping.start(), mapping.end()} : null;
    }

    private boolean choose(final String shown) {
        final Path path = ForeignMapping.path(shown);
        if (path == null || path.startsWith(JAVA) || NAMELESS.stream().anyMatch(shown::startsWith)
            || shown.startsWith(DEVICES) && MEMORY_DEVICES.stream().noneMatch(shown::startsWith)
            || shown.contains(HEAP) && shown.endsWith(MemoryMapping.DELETED)) {
            return false;
        }
        try {
            return files.test(path);
        } catch (final RuntimeException | Error failure) {
            final Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
            return false;
        }
    }

    @Override
    public boolean covers(final long start, final long end) {
        return true;
    }

    @Override
    public void report(final MappingFault fault) {
        delivery.add(fault);
    }
}
