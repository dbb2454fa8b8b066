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
package io.cordon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.ArrayList;
import java.util.List;

/** Holds the order of the packages: a package uses only packages below it. */
@AnalyzeClasses(packages = "io.cordon", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {
    /** The packages, lowest first; "" is io.cordon itself. */
    private static final List<String> ORDER =
            List.of("linux", "poison", "fault", "media", "event", "recovery", "scrub", "", "agrona", "agent", "cli");

    @ArchTest
    static final ArchRule USES_ONLY_WHAT_IS_BELOW = layers();

    /** Not allowed to be empty on purpose: fails as well when no class could be read. */
    @ArchTest
    static final ArchRule EVERY_PACKAGE_HAS_A_PLACE = classes().should()
            .resideInAnyPackage(ORDER.stream().map(LayersTest::pattern).toArray(String[]::new));

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().allowEmptyShould(true);

    @ArchTest
    static final ArchRule AGRONA_STAYS_IN_ITS_ROOMS = noClasses().that()
            .resideOutsideOfPackages("io.cordon.agrona..", "io.cordon.scrub..", "io.cordon.event..", "io.cordon.cli..")
            .should().dependOnClassesThat().resideInAPackage("org.agrona..").allowEmptyShould(true);

    @ArchTest
    static final ArchRule NO_JDK_INTERNALS = noClasses().should()
            .dependOnClassesThat().resideInAnyPackage("sun..", "jdk.internal..").allowEmptyShould(true);

    private LayersTest() {
    }

    private static LayeredArchitecture layers() {
        LayeredArchitecture rule =
                layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
        for (final String layer : ORDER) {
            rule = rule.layer(name(layer)).definedBy(pattern(layer));
        }
        for (int i = 0; i < ORDER.size(); i++) {
            final List<String> above = new ArrayList<>();
            for (final String layer : ORDER.subList(i + 1, ORDER.size())) {
                above.add(name(layer));
            }
            rule = above.isEmpty()
                    ? rule.whereLayer(name(ORDER.get(i))).mayNotBeAccessedByAnyLayer()
                    : rule.whereLayer(name(ORDER.get(i))).mayOnlyBeAccessedByLayers(above.toArray(String[]::new));
        }
        return rule;
    }

    private static String name(final String layer) {
        return layer.isEmpty() ? "io.cordon" : layer;
    }

    private static String pattern(final String layer) {
        return layer.isEmpty() ? "io.cordon" : "io.cordon." + layer + "..";
    }

    /** One slice a package, sub-packages included. */
    private static final class ByPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(final JavaClass javaClass) {
            return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
