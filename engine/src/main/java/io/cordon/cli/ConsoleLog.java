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
package io.cordon.cli;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Shows what the library logs as one line each, where the module java.logging is there. */
final class ConsoleLog extends Handler {
    /** Kept, since the log manager forgets loggers that nobody holds. */
    private static Logger logger;

    private final Console console;
    private final SimpleFormatter formatter = new SimpleFormatter();

    private ConsoleLog(final Console console) {
        this.console = console;
        setLevel(Level.WARNING);
    }

    static void install(final Console console) {
        if (ModuleLayer.boot().findModule("java.logging").isPresent()) {
            Installer.install(console);
        }
    }

    /** Loaded only if what it needs is there. */
    private static final class Installer {
        static void install(final Console console) {
            logger = Logger.getLogger("io.cordon");
            logger.setUseParentHandlers(false);
            logger.addHandler(new ConsoleLog(console));
        }
    }

    @Override
    public void publish(final LogRecord record) {
        if (isLoggable(record)) {
            console.note((record.getLevel().intValue() >= Level.SEVERE.intValue() ? "error: " : "warning: ")
                + formatter.formatMessage(record)
                + (record.getThrown() == null ? "" : ": " + Failures.line(record.getThrown())));
        }
    }

    @Override
    public void flush() {
        // Each line is written at once.
    }

    @Override
    public void close() {
        // The console outlives it.
    }
}
