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

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A command that ran within this process.
 *
 * @param exit its exit code.
 * @param out  what it said on the standard output.
 * @param err  what it said on the standard error.
 */
record CommandRun(int exit, String out, String err) {
    /** Nobody there: pipes, as in a script. */
    static final Console.Terminals PIPES = new Console.Terminals(false, false, false, 0);
    private static final JsonMapper JSON =
        JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** Runs a command as a script does. */
    static CommandRun of(final Object... arguments) {
        return of(PIPES, Map.of(), "", arguments);
    }

    static CommandRun of(final Console.Terminals terminals, final Map<String, String> environment,
        final String input, final Object... arguments) {
        return of(terminals, environment, input, StandardCharsets.UTF_8, new Interruption(), arguments);
    }

    static CommandRun of(final Console.Terminals terminals, final Map<String, String> environment,
        final String input, final Charset charset, final Interruption interruption, final Object... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final Console console = new Console(environment,
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, true, charset),
            new PrintStream(err, true, charset), terminals, interruption);
        final String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        final int exit = Main.run(console, words);
        return new CommandRun(exit, out.toString(charset), err.toString(charset));
    }

    /** The answer, as a real parser reads it. */
    JsonNode json() throws IOException {
        return JSON.readTree(out);
    }
}
