package org.everclip.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The module map of docs/contracts.md as rules: who may know whom, and which library lives where.
 */
@AnalyzeClasses(packages = "org.everclip", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String[] SERVICES = {
    "org.everclip.ingest..",
    "org.everclip.reinforce..",
    "org.everclip.trainer..",
    "org.everclip.registry..",
    "org.everclip.evaluation..",
    "org.everclip.dashboard..",
    "org.everclip.platform..",
    "org.everclip.cli.."
  };

  @ArchTest
  static final ArchRule servicesNeverUseEachOther =
      slices()
          .matching(
              "org.everclip.(ingest|reinforce|trainer|registry|evaluation|dashboard|platform|cli)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule foundationsKnowNoService =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.everclip.contracts..",
              "org.everclip.formats..",
              "org.everclip.clip..",
              "org.everclip.service..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SERVICES);

  @ArchTest
  static final ArchRule modelsKnowNeitherKafkaNorFlinkNorHttp =
      noClasses()
          .that()
          .resideInAnyPackage("org.everclip.clip..", "org.everclip.formats..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "org.apache.flink..",
              "io.javalin..",
              "java.net.http..",
              "org.everclip.contracts..");

  @ArchTest
  static final ArchRule kafkaStreamsOnlyInGateAndRegistry =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.everclip.ingest..", "org.everclip.registry..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.streams..");

  @ArchTest
  static final ArchRule flinkOnlyInReinforcement =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.everclip.reinforce..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.flink..");

  @ArchTest
  static final ArchRule tensorEngineOnlyWhereModelsRun =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.everclip.ingest..",
              "org.everclip.registry..",
              "org.everclip.dashboard",
              "org.everclip.dashboard.feed..",
              "org.everclip.dashboard.view..",
              "org.everclip.cli..",
              "org.everclip.platform..",
              "org.everclip.contracts..",
              "org.everclip.formats..",
              "org.everclip.service..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..", "org.everclip.clip..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.everclip.(*).(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nothingIsSerialisedTheJavaWay =
      noClasses()
          .that()
          .resideInAPackage("org.everclip..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.io.ObjectInputStream");

  @ArchTest
  static final ArchRule everyRoleHasAMain =
      classes()
          .that()
          .haveNameMatching("org\\.everclip\\..*Main")
          .and()
          .areNotAssignableFrom("org.everclip.service.RoleMain")
          .should()
          .bePublic();
}
