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
package io.cordon.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which machines are served, and what the others are told. */
class PlatformTest {
    @ParameterizedTest
    @CsvSource({"amd64, X86_64", "x86_64, X86_64", "AMD64, X86_64", "aarch64, AARCH64", "arm64, AARCH64"})
    void shouldKnowTheSupportedArchitectures(final String architecture, final Platform expected) {
        assertEquals(expected, Platform.of("Linux", architecture));
    }

    @ParameterizedTest
    @CsvSource({"Mac OS X, aarch64", "Windows 11, amd64", "linux, amd64", "FreeBSD, amd64", "Linux, x86",
        "Linux, riscv64", "Linux, arm", "Linux, s390x", "Linux, ppc64le", "'', ''"})
    void shouldRefuseOthersNamingThemAndWhatIsSupported(final String system, final String architecture) {
        final UnsupportedOperationException thrown =
            assertThrows(UnsupportedOperationException.class, () -> Platform.of(system, architecture));
        assertEquals("Cordon runs on Linux on x86-64 and aarch64; this is " + system + " on " + architecture,
            thrown.getMessage());
    }

    @Test
    void shouldNotDependOnTheDefaultLocale() {
        final Locale locale = Locale.getDefault();
        try {
            Locale.setDefault(Locale.of("tr", "TR"));
            assertEquals(Platform.X86_64, Platform.of("Linux", "AMD64"));
        } finally {
            Locale.setDefault(locale);
        }
    }

    @Test
    void shouldServeThisMachine() {
        assertNotNull(Platform.current());
        assertTrue(System.getProperty("os.name").equals("Linux"));
    }
}
