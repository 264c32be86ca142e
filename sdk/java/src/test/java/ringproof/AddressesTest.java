package ringproof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import ringproof.exceptions.ConnectionFailedException;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.UnavailableException;
import ringproof.exceptions.VerigatorException;

/** Which address is asked, and what is asked again. */
@Timeout(30)
class AddressesTest {
    private static Fake good() throws IOException {
        return Fake.answering(200, Fake.SERVICE);
    }

    private static Fake losing() throws IOException {
        return Fake.bytes(socket -> { });
    }

    private static Fake overloaded() throws IOException {
        return Fake.answering(503, "{\"message\":\"no\",\"code\":\"overloaded\"}");
    }

    @Test
    void aCallThatWasSurelyNotSentGoesOnToTheNextAddressWhichThenStaysFirst() throws Exception {
        try (Fake second = good(); Fake third = good()) {
            Verigator verigator = Fake.client(Fake.nobody(), second.url, third.url);
            verigator.createService("Shop", "shop.example");
            verigator.createService("Shop", "shop.example");
            assertEquals(2, second.seen.size());
            assertEquals(0, third.seen.size());
        }
    }

    @Test
    void whatMayHaveBeenSentIsNotMadeAgain() throws Exception {
        try (Fake first = losing(); Fake second = good()) {
            Verigator verigator = Verigator.builder("shop", Fake.PASSWORD)
                .endpoint(first.url, second.url).retries(5).build();
            Service service = verigator.serviceOf("s");
            User user = service.userOf("u");
            List<Executable> calls = List.of(
                user::authenticateUsingSMS,
                () -> user.verifyPin("123456"),
                () -> verigator.number().start("+37255500123"),
                () -> verigator.number().verify("id", "123456"),
                () -> verigator.sms().send("+37255500123", "Hello"),
                () -> verigator.sms().cancel("id"),
                () -> service.registerUser("jane", "+37255500123"),
                user::delete,
                () -> user.recovery().use("code"),
                () -> verigator.widget().confirm("vid"));
            for (int i = 0; i < calls.size(); i++) {
                VerigatorException error =
                    assertThrows(ConnectionFailedException.class, calls.get(i));
                assertTrue(error.isMaybeSent());
                assertEquals(i + 1, first.seen.size());
            }
            assertEquals(0, second.seen.size());
        }
    }

    @Test
    void aReadGoesOn() throws Exception {
        try (Fake first = losing(); Fake second = overloaded(); Fake third = good()) {
            Verigator verigator = Fake.client(first.url, second.url, third.url);
            assertEquals("Shop", verigator.getService("service-1").getName());
            assertEquals(1, second.seen.size());
        }
    }

    @Test
    void aReadAsksAllAddressesTwice() throws Exception {
        try (Fake first = overloaded(); Fake second = overloaded()) {
            Verigator verigator = Fake.client(first.url, second.url);
            assertThrows(UnavailableException.class, () -> verigator.getService("service-1"));
            assertEquals(2, first.seen.size());
            assertEquals(2, second.seen.size());
        }
    }

    @Test
    void aChangeIsNotMadeAgainAtAnOverloadedServer() throws Exception {
        try (Fake first = overloaded(); Fake second = good()) {
            Verigator verigator = Fake.client(first.url, second.url);
            VerigatorException error = assertThrows(UnavailableException.class,
                () -> verigator.serviceOf("s").delete());
            assertTrue(error.isMaybeSent(), "a step that was begun may still come to its end");
            assertEquals(0, second.seen.size());
        }
    }

    @Test
    void whereNoMessageCouldGoNothingWasDone() throws Exception {
        String body = "{\"message\":\"no\",\"code\":\"sms_unavailable\"}";
        try (Fake fake = Fake.answering(503, body)) {
            User user = Fake.client(fake.url).serviceOf("s").userOf("u");
            VerigatorException error =
                assertThrows(UnavailableException.class, user::authenticateUsingSMS);
            assertFalse(error.isMaybeSent());
        }
    }

    @Test
    void failed209IsAnAnswer() throws Exception {
        try (Fake first = Fake.answering(200, "FAILED 209"); Fake second = good()) {
            Verigator verigator = Fake.client(first.url, second.url);
            VerigatorException error =
                assertThrows(UnavailableException.class, () -> verigator.sms().balance());
            assertEquals("FAILED 209", error.getReason().get());
            assertFalse(error.isMaybeSent(), "a call that only reads can be repeated");
            error = assertThrows(UnavailableException.class, () -> verigator.sms().cancel("id"));
            assertTrue(error.isMaybeSent());
            assertEquals(0, second.seen.size());
        }
    }

    @Test
    void whatStandsInARequest() throws Exception {
        try (Fake fake = Fake.answering(200, "OK 1")) {
            Verigator verigator = Fake.client(fake.url + "/v1/");
            verigator.sms().send("+37255500123", "\u00d5un & 100 %", new SmsOptions()
                .timeToSend(Instant.ofEpochSecond(1_767_226_500)).udh(new byte[] {5, 0, -1}));
            assertEquals("POST /send_sms username=shop&password=" + Fake.PASSWORD
                + "&to=%2B37255500123&text=%C3%95un%20%26%20100%20%25"
                + "&time_to_send=1767226500&udh=%05%00%FF", fake.seen.get(0));
            String agent = fake.exchanges.get(0).getRequestHeaders().getFirst("User-Agent");
            assertTrue(agent.matches("ringproof-java/\\d+\\.\\d+\\.\\d+"), agent);
            assertEquals(new BigDecimal("1"), verigator.sms().balance());
        }
    }

    @Test
    void anIdCannotLeaveItsPlaceInThePath() throws Exception {
        try (Fake fake = Fake.answering(404, "{\"message\":\"no\"}")) {
            Verigator verigator = Fake.client(fake.url);
            assertThrows(NoSuchResourceException.class,
                () -> verigator.getService("../../healthz?x=/\u00e9"));
            assertEquals("GET /v1/service/service/..%2F..%2Fhealthz%3Fx%3D%2F%C3%A9 ",
                fake.seen.get(0));
            Service service = verigator.serviceOf("s");
            for (String id : List.of("", ".", "..")) {
                assertThrows(NoSuchResourceException.class, () -> service.deleteUser(id));
            }
            assertThrows(NoSuchResourceException.class, () -> service.getUser("\ud83d"));
            assertEquals(1, fake.seen.size());
        }
    }

    @Test
    void halfACharacterIsNotSent() throws Exception {
        try (Fake fake = good()) {
            Verigator verigator = Fake.client(fake.url);
            assertThrows(IllegalArgumentException.class,
                () -> verigator.createService("half a \ud83d", "shop.example"));
            assertThrows(IllegalArgumentException.class,
                () -> verigator.sms().send("+37255500123", "half a \ud83d"));
            assertEquals(0, fake.seen.size());
        }
    }
}
