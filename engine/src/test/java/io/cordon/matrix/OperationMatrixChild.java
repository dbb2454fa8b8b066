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

import io.cordon.Region;

import java.nio.file.Path;
import java.util.List;

/**
 * Runs operations under poison in a virtual machine of its own. Arguments: a folder, the kind of thread, how often to
 * warm up, and the operations' names, none for all that need no native access of their own.
 *
 * <p>Says on its standard output what it is at, since it may not live to say so afterwards.
 */
public final class OperationMatrixChild {
    private OperationMatrixChild() {
    }

    /** Exits with 0 if all held, 1 if not. */
    public static void main(final String[] arguments) throws Exception {
        final List<String> names = List.of(arguments).subList(3, arguments.length);
        final List<Operation> operations = Operations.all().stream()
            .filter(names.isEmpty() ? each -> !each.name().contains("FFM") : each -> names.contains(each.name()))
            .toList();
        System.out.println("module " + Region.class.getModule().getName());
        final boolean[] failed = new boolean[1];
        final Runnable matrix = () -> failed[0] = !run(Path.of(arguments[0]), operations, arguments[2]);
        switch (arguments[1]) {
            case "main" -> matrix.run();
            case "platform" -> Thread.ofPlatform().start(matrix).join();
            case "virtual" -> Thread.ofVirtual().start(matrix).join();
            default -> throw new IllegalArgumentException("no kind of thread: " + arguments[1]);
        }
        System.exit(failed[0] ? 1 : 0);
    }

    private static boolean run(final Path folder, final List<Operation> operations, final String warmUp) {
        boolean held = true;
        int struck = 0;
        for (final Operation operation : operations) {
            try {
                struck += Matrix.strike(folder, operation, Integer.parseInt(warmUp));
            } catch (Exception | Error failure) {
                held = false;
                System.out.println("FAILED");
                failure.printStackTrace(System.out);
            }
        }
        System.out.println("struck " + struck);
        return held;
    }
}
