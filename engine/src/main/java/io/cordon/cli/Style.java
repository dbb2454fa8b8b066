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

/**
 * How text is made to stand out, where that is wanted: ECMA-48 sequences of 16 colours.
 *
 * @param coloured whether it is wanted.
 * @param unicode  whether blocks can be drawn.
 */
record Style(boolean coloured, boolean unicode) {
    /** Select graphic rendition. */
    enum Look {
        BOLD(1), DIM(2), RED(31), GREEN(32), YELLOW(33), CYAN(36);

        private final int code;

        Look(final int code) {
            this.code = code;
        }
    }

    String paint(final Look look, final String text) {
        return coloured ? "\033[" + look.code + "m" + text + "\033[0m" : text;
    }
}
