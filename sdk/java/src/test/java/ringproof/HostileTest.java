package ringproof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import ringproof.exceptions.ConnectionFailedException;
import ringproof.exceptions.InvalidResponseException;
import ringproof.exceptions.ResourceAlreadyExists;
import ringproof.exceptions.VerigatorException;
import ringproof.exceptions.VerigatorInternalError;

/** Servers that are slow, broken off, or none of ours. */
@Timeout(30)
class HostileTest {
    private static Verigator hasty(String url) {
        return Verigator.builder("shop", Fake.PASSWORD).endpoint(url)
            .timeout(Duration.ofMillis(150)).build();
    }

    @Test
    void silenceEndsAfterTheTimeOut() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (Fake fake = Fake.http((exchange, body) -> end.await())) {
            VerigatorException error = assertThrows(ConnectionFailedException.class,
                () -> hasty(fake.url).createService("Shop", "shop.example"));
            assertTrue(error.isMaybeSent());
            assertTrue(error.getStatus().isEmpty());
            assertEquals(1, fake.seen.size());
        } finally {
            end.countDown();
        }
    }

    @Test
    void aBodyThatComesByDropsEndsAfterTheTimeOutAsWell() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (Fake fake = Fake.bytes(socket -> {
            OutputStream output = socket.getOutputStream();
            output.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".getBytes());
            try {
                // Ends by an exception when the client has closed the connection.
                while (!Thread.interrupted()) {
                    output.write(' ');
                    output.flush();
                    Thread.sleep(10);
                }
            } finally {
                closed.countDown();
            }
        })) {
            VerigatorException error = assertThrows(ConnectionFailedException.class,
                () -> hasty(fake.url).number().start("+37255500123"));
            assertTrue(error.getMessage().contains("no answer within 150 ms"), error.getMessage());
            closed.await();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\":\"service-1\",",
        "220 mail.example ESMTP\r\n",
        ""
    })
    void halfAnAnswerIsNone(String bytes) throws Exception {
        try (Fake fake = Fake.bytes(socket ->
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8)))) {
            VerigatorException error = assertThrows(ConnectionFailedException.class,
                () -> Fake.client(fake.url).createService("Shop", "shop.example"));
            assertTrue(error.isMaybeSent());
            assertEquals(1, fake.seen.size());
        }
    }

    @Test
    void anAnswerWithoutEndIsCut() throws Exception {
        byte[] chunk = "x".repeat(65_536).getBytes(StandardCharsets.UTF_8);
        try (Fake fake = Fake.http((exchange, body) -> {
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(chunk);
            }
        })) {
            VerigatorException error = assertThrows(InvalidResponseException.class,
                () -> Fake.client(fake.url).getService("service"));
            assertTrue(error.getMessage().contains("more than 67108864 bytes"));
        }
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (Fake other = Fake.answering(200, Fake.SERVICE);
            Fake fake = Fake.http((exchange, body) -> {
                exchange.getResponseHeaders().add("Location", other.url);
                Fake.send(exchange, 307, "");
            })) {
            VerigatorException error = assertThrows(VerigatorException.class,
                () -> Fake.client(fake.url).getService("service"));
            assertSame(VerigatorInternalError.class, error.getClass());
            assertEquals(307, error.getStatus().getAsInt());
            assertEquals(List.of(), other.seen);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<html>not what you asked for</html>",
        "",
        "[]",
        "null",
        "{\"id\":\"service-1\",\"name\":\"Shop\"}",
        "{\"id\":7,\"name\":\"Shop\",\"ctime\":\"2026\"}",
        "{\"id\":\"1\",\"name\":\"Shop\",\"ctime\":\"2026\"} {}",
        "{id:'1',name:'Shop',ctime:'2026'}"
    })
    void status200IsNotEnough(String body) throws Exception {
        try (Fake fake = Fake.answering(200, body)) {
            VerigatorException error = assertThrows(InvalidResponseException.class,
                () -> Fake.client(fake.url).getService("service"));
            assertEquals(200, error.getStatus().getAsInt());
        }
    }

    @Test
    void aBodyThatNestsWithoutEndIsNoAnswer() throws Exception {
        try (Fake fake = Fake.answering(200, "[".repeat(1_000_000))) {
            assertThrows(InvalidResponseException.class,
                () -> Fake.client(fake.url).getService("service"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<p>VERIFIED</p>", "VERIFIED ", "{\"verified\":\"true\",\"method\":\"sms\"}", "{\"verified\":1}"
    })
    void aPinIsNotRightBecauseSomethingCame(String body) throws Exception {
        try (Fake fake = Fake.answering(200, body)) {
            Verigator verigator = Fake.client(fake.url);
            User user = verigator.serviceOf("s").userOf("u");
            assertThrows(InvalidResponseException.class,
                () -> verigator.number().verify("id", "123456"));
            assertThrows(InvalidResponseException.class, () -> user.verifyPin("123456"));
        }
    }

    @Test
    void thePageOfAProxyDoesNotPassForNoSuchUser() throws Exception {
        try (Fake fake = Fake.answering(404, "<h1>Not Found</h1>")) {
            Service service = Fake.client(fake.url).serviceOf("s");
            assertThrows(InvalidResponseException.class, () -> service.getUser("u"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, InvalidResponseException", "403, InvalidResponseException",
        "404, InvalidResponseException", "405, InvalidResponseException",
        "409, InvalidResponseException", "422, InvalidResponseException",
        "400, InvalidDataException", "408, UnavailableException", "413, InvalidDataException",
        "414, InvalidDataException", "429, ThrottledException", "431, InvalidDataException",
        "502, UnavailableException"
    })
    void thePageOfAProxyIsNoLine(int status, String name) throws Exception {
        try (Fake fake = Fake.answering(status, "<h1>A page</h1>")) {
            VerigatorException error = assertThrows(VerigatorException.class,
                () -> Fake.client(fake.url).sms().send("+37255500123", "Hello"));
            assertEquals(name, error.getClass().getSimpleName());
            assertEquals(status, error.getStatus().getAsInt());
            assertEquals(status == 502, error.isMaybeSent());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, WrongCredentialsException", "403, ResourceForbiddenException",
        "404, NoSuchResourceException", "409, ResourceAlreadyExistsException",
        "418, VerigatorInternalError", "422, InvalidDataException", "429, ThrottledException",
        "500, InternalErrorException", "502, UnavailableException"
    })
    void eachStatusHasItsException(int status, String name) throws Exception {
        String body = "{\"message\":\"no\",\"code\":\"invalid_field\",\"field\":\"name\"}";
        try (Fake fake = Fake.http((exchange, sent) -> {
            exchange.getResponseHeaders().add("Retry-After", "7");
            exchange.getResponseHeaders().add("X-Request-Id", "abc-123");
            Fake.send(exchange, status, body);
        })) {
            VerigatorException error = assertThrows(VerigatorException.class,
                () -> Fake.client(fake.url).createService("Shop", "shop.example"));
            assertEquals(name, error.getClass().getSimpleName());
            assertEquals(status, error.getStatus().getAsInt());
            assertEquals("invalid_field", error.getReason().get());
            assertEquals("name", error.getField().get());
            assertEquals(7, error.getRetryAfterSeconds().getAsLong());
            assertEquals("abc-123", error.getRequestId().get());
            // The name that programs for the hosted service catch.
            assertEquals(status == 409, error instanceof ResourceAlreadyExists);
        }
    }

    @Test
    void anAnswerWithoutContentIsNoUsableOne() throws Exception {
        try (Fake fake = Fake.answering(204, "")) {
            VerigatorException error = assertThrows(VerigatorInternalError.class,
                () -> Fake.client(fake.url).serviceOf("s").delete());
            assertEquals(204, error.getStatus().getAsInt());
        }
    }

    @Test
    void whatAServerEchoesDoesNotComeIntoExceptions() throws Exception {
        try (Fake fake = Fake.http((exchange, body) -> {
            String auth = exchange.getRequestHeaders().getFirst("X-Service-Auth");
            String echo = (body + auth).replace("\\", "").replace("\"", "'");
            exchange.getResponseHeaders().add("X-Request-Id", "a b");
            Fake.send(exchange, 422, "{\"message\":\"" + echo + "\",\"code\":\"" + echo + "\"}");
        })) {
            Service service = Fake.client(fake.url).serviceOf("s");
            User user = service.userOf("u");
            List<VerigatorException> errors = List.of(
                assertThrows(VerigatorException.class,
                    () -> service.registerUser("jane", "+37255500123")),
                assertThrows(VerigatorException.class, () -> user.verifyPin("483920")),
                assertThrows(VerigatorException.class, () -> user.recovery().use("AMR7-3IGJ-Y3LP")),
                assertThrows(VerigatorException.class,
                    () -> user.authenticators().create(null, null, "OZSXE2LHMF2G64RN")));
            for (VerigatorException error : errors) {
                StringWriter text = new StringWriter();
                error.printStackTrace(new PrintWriter(text));
                for (String secret : List.of(
                        Fake.PASSWORD, "55500123", "483920", "AMR7-3IGJ", "OZSXE2LHMF2G64RN")) {
                    assertFalse(text.toString().contains(secret), text.toString());
                }
                assertEquals("InvalidDataException", error.getClass().getSimpleName());
                assertTrue(error.getReason().isEmpty());
            }
        }
    }

    @Test
    void anAnswerOfTheWidgetIsConfirmedOnce() throws Exception {
        String confirmed = "{\"vid\":\"6f0f9b1c2d3e4f50\",\"status\":\"VERIFIED\","
            + "\"phone\":\"+37255500123\",\"user\":\"shop\",\"version\":2,\"nonce\":\"4f1d2c7b\","
            + "\"callback_url\":\"https://shop.example/back\","
            + "\"finished_at\":\"2026-11-26T21:15:45.809Z\"}";
        String refused = "{\"message\":\"it was confirmed before\",\"code\":\"already_confirmed\"}";
        AtomicInteger calls = new AtomicInteger();
        try (Fake fake = Fake.http((exchange, body) -> {
            int call = calls.getAndIncrement();
            String asText = confirmed.replace(":2,", ":\"1\",");
            Fake.send(exchange, call < 2 ? 200 : 409,
                call == 0 ? confirmed : call == 1 ? asText : refused);
        })) {
            Widget widget = Fake.client(fake.url).widget();
            WidgetConfirmation answer = widget.confirm("6f0f9b1c2d3e4f50");
            assertEquals(2, answer.getVersion());
            assertEquals(1, widget.confirm("6f0f9b1c2d3e4f50").getVersion());
            assertTrue(answer.isVerified());
            assertEquals("+37255500123", answer.getPhone().get());
            assertEquals("https://shop.example/back", answer.getCallbackUrl().get());
            assertFalse(answer.toString().contains("55500123"), answer.toString());
            assertThrows(ResourceAlreadyExists.class, () -> widget.confirm("6f0f9b1c2d3e4f50"));
            assertEquals("POST /v1/widget/confirm {\"vid\":\"6f0f9b1c2d3e4f50\"}", fake.seen.get(0));
        }
    }

    @Test
    void nobodyListens() throws Exception {
        Verigator verigator = Fake.client(Fake.nobody());
        VerigatorException error = assertThrows(ConnectionFailedException.class,
            () -> verigator.number().start("+37255500123"));
        assertFalse(error.isMaybeSent());
    }

    @Test
    void anInterruptedThreadStaysInterrupted() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (Fake fake = Fake.http((exchange, body) -> end.await())) {
            Verigator verigator = Fake.client(fake.url);
            Thread.currentThread().interrupt();
            assertThrows(ConnectionFailedException.class, () -> verigator.getService("s"));
            assertTrue(Thread.interrupted());
        } finally {
            end.countDown();
        }
    }
}
