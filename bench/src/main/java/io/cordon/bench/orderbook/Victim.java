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
package io.cordon.bench.orderbook;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;

import java.nio.file.Path;

/** The service in a process of its own, at work until it is killed. Arguments: folder, threads, seed. */
final class Victim {
    private Victim() {
    }

    public static void main(final String[] args) throws Exception {
        final SimulatedMedia book = Media.simulated();
        final SimulatedMedia positions = Media.simulated();
        final SimulatedMedia statistics = Media.simulated();
        final Traffic traffic = new Traffic(new OrderBook(
            Path.of(args[0]), new OrderBook.Disks(book, positions, statistics), new Alerts()));
        traffic.start(Integer.parseInt(args[1]), Long.parseLong(args[2]), book, positions, statistics);
        while (traffic.broken().isEmpty()) {
            Thread.sleep(1);
        }
        // Whoever waits to kill it finds this instead.
        System.out.println(traffic.broken());
        System.exit(1);
    }
}
