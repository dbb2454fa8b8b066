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
package io.cordon.matrix;

import java.nio.file.Path;
import java.util.List;
import one.profiler.AsyncProfiler;

/**
 * Runs the matrix with async-profiler at work. Arguments: a folder, "first" if the profiler is there before Cordon's
 * guard is, "second" if it comes after it, and the profiler's event.
 */
public final class ProfiledMatrixChild {
    private static final int WARM_UP = 300;

    private ProfiledMatrixChild() {
    }

    /** Fails, or says how many samples the profiler took and how often poison struck. */
    public static void main(final String[] arguments) throws Exception {
        final List<Operation> operations = Operations.all();
        final boolean first = arguments[1].equals("first");
        final String event = arguments[2];
        final Path folder = Path.of(arguments[0]);
        if (first) {
            start(event, folder);
        }
        int struck = 0;
        for (int i = 0; i < operations.size(); i++) {
            struck += Matrix.strike(folder, operations.get(i), WARM_UP);
            if (i == 0 && !first) {
                // Poison has struck: the guard is there for certain.
                start(event, folder);
            }
        }
        final AsyncProfiler profiler = AsyncProfiler.getInstance();
        System.out.println("samples " + profiler.getSamples());
        profiler.stop();
        System.out.println("status " + profiler.execute("status").strip());
        // And without it once more.
        struck += Matrix.strike(folder, operations.getFirst(), WARM_UP);
        System.out.println("struck " + struck);
    }

    private static void start(final String event, final Path folder) throws Exception {
        AsyncProfiler.getInstance().execute(
            "start,event=" + event + ",interval=1ms,jfr,file=" + folder.resolve("profile.jfr"));
    }
}
