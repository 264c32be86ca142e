package ringproof;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client can be made of. */
class SettingsTest {
    private static Verigator.Builder builder() {
        return Verigator.builder("shop", "correct-horse-battery");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:8080", "http://localhost", "http://[::1]:1",
        "https://verify.example/v1"})
    void fineAddresses(String address) {
        assertDoesNotThrow(() -> builder().endpoint(address).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://verify.example", "http://127.0.0.1.evil.example",
        "http://10.0.0.1"})
    void plainHttpIsForWhoSaysSo(String address) {
        assertThrows(IllegalArgumentException.class, () -> builder().endpoint(address).build());
        assertDoesNotThrow(() -> builder().endpoint(address).allowPlainHttp().build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify.example", "ftp://verify.example", "https:///hidden-part",
        "https://user:hidden-part@verify.example", "https://verify.example/?hidden-part",
        "https://hidden part"})
    void whatCannotBeAnAddressIsRefusedAndNotRepeated(String address) {
        refused(() -> builder().endpoint(address).build());
    }

    @Test
    void whatCannotBeAnAccountIsRefusedAndNotRepeated() {
        refused(() -> Verigator.builder("sh:op", "hidden-part").build());
        refused(() -> Verigator.builder("shop", "hidden-part\n").build());
        refused(() -> Verigator.builder("shop", "hidden-part".repeat(60)).build());
        refused(() -> builder().timeout(Duration.ZERO).build());
        refused(() -> builder().retries(-1).build());
        refused(() -> new Verigator("shop", "hidden-part", "https://verify.example", "v2"));
    }

    @Test
    void aRuntimeThatRepeatsStartsIsRefused() {
        String property = "jdk.httpclient.enableAllMethodRetry";
        try {
            for (String on : new String[] {"true", ""}) {
                System.setProperty(property, on);
                IllegalStateException error =
                    assertThrows(IllegalStateException.class, () -> builder().build());
                assertTrue(error.getMessage().contains(property), error.getMessage());
            }
            System.setProperty(property, "false");
            assertDoesNotThrow(() -> builder().build());
        } finally {
            System.clearProperty(property);
        }
    }

    private static void refused(Executable making) {
        IllegalArgumentException error =
            assertThrows(IllegalArgumentException.class, making);
        assertFalse(error.toString().contains("hidden"), error.toString());
    }

    @Test
    void theOldConstructorsTakeTheBaseWithAndWithoutVersion() {
        String expected = "Verigator{username=shop, endpoints=[https://verify.example]}";
        String base = "https://verify.example";
        assertEquals(expected, new Verigator("shop", "secret-of-it", base + "/v1").toString());
        assertEquals(expected, new Verigator("shop", "secret-of-it", base, "v1").toString());
        assertEquals(expected, new Verigator("shop", "secret-of-it", base + "/", "v1").toString());
    }
}
