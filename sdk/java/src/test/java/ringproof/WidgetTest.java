package ringproof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import ringproof.exceptions.InvalidAnswerException;

/** Signatures, by the worked examples of the contract, and answers that are not to be believed. */
class WidgetTest {
    private static final String SECRET = "demo-pass-9f3a";
    private static final String BACK = "https://shop.example/verify/back";
    private static final String NUMBER = "+37255500123";
    private static final String NONCE = "4f1d2c7b9a60e8354f1d2c7b";
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");

    private final Widget widget = Verigator.builder("demouser01", "never-sent")
        .endpoint("https://verify.example").widgetSecret(SECRET)
        .clock(Clock.fixed(NOW, ZoneOffset.UTC)).build().widget();

    private static Map<String, String> fields(String... pairs) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put(pairs[i], pairs[i + 1]);
        }
        return fields;
    }

    private static Map<String, String> result1(String status, String phone) {
        Map<String, String> fields =
            fields("status", status, "user", "demouser01", "version", "1");
        if (phone != null) {
            fields.put("phone", phone);
        }
        return fields;
    }

    private static String one(Map<String, String> fields) {
        return WidgetSignature.one(fields, SECRET, "pass");
    }

    @Test
    void version1() {
        Map<String, String> request =
            fields("callback_url", BACK, "user", "demouser01", "version", "1");
        assertEquals("9bfee034cbbc248e492b8dee3518afff", one(request));
        request.put("phone", NUMBER);
        assertEquals("bf98e792cec33c5c2a950d6671b57f73", one(request));
        assertEquals("5b379af4d67c7505db2aaffd6f1f30eb",
            WidgetSignature.one(request, SECRET, "password"));
        Map<String, String> verified = result1("VERIFIED", NUMBER);
        assertEquals("3d8c81b8161197ff1ad097f01b3a0561", one(verified));
        assertEquals("dd75386716368578f7d84faae0570c2c",
            WidgetSignature.one(verified, SECRET, "password"));
        assertEquals("26f4a7bf41132c23aabe06cd1a6ebe2c", one(result1("CANCELLED", NUMBER)));
        assertEquals("97aa25055c6bc5520d04c0addb3446e9", one(result1("CANCELLED", null)));
        assertEquals("bf98e792cec33c5c2a950d6671b57f73",
            widget.requestVersion1(BACK, NUMBER).getFields().get("sig"));
    }

    @Test
    void version2() {
        Map<String, String> request = fields("callback_url", BACK, "exp", "1767226500", "nonce",
            "4f1d2c7b9a60e835", "phone", NUMBER, "user", "demouser01", "version", "2");
        assertEquals("0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab",
            WidgetSignature.two("request", request, SECRET));
        Map<String, String> response = new HashMap<>(request);
        response.remove("callback_url");
        response.put("status", "VERIFIED");
        assertEquals("f6708f3ad5f95fc7a25658b806b0b3901cc22f83ac0d41fa07a2a5d33cb1394b",
            WidgetSignature.two("response", response, SECRET));
    }

    @Test
    void aRequestHasWhatTheServerAsksFor() {
        WidgetRequest request = widget.request(BACK).phone("00372 555 00-123").lockPhone().sign();
        Map<String, String> fields = request.getFields();
        assertEquals(NUMBER, fields.get("phone"));
        assertEquals("1", fields.get("phone_lock"));
        assertEquals(String.valueOf(NOW.getEpochSecond() + 600), fields.get("exp"));
        assertTrue(fields.get("nonce").matches("[\\w-]{22,64}"));
        assertEquals(WidgetSignature.two("request", fields, SECRET), fields.get("sig"));
        assertTrue(request.getUrl().startsWith("https://verify.example/widget?callback_url=https%3A"));
        assertTrue(request.getUrl().contains("&phone=%2B37255500123&"));
        assertNotEquals(fields.get("nonce"), widget.request(BACK).sign().getNonce().get());
        assertFalse(request.toString().contains("55500123"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"+37255500199statusVERIFIED", "", "12", "+372 (0) 5550123"})
    void aTextThatIsNoNumberIsNotSigned(String text) {
        assertThrows(IllegalArgumentException.class, () -> widget.requestVersion1(BACK, text));
        assertThrows(IllegalArgumentException.class, () -> widget.request(BACK).phone(text));
    }

    private static Map<String, String> answer(String... changes) {
        Map<String, String> fields = fields("user", "demouser01", "version", "2", "status",
            "VERIFIED", "phone", NUMBER, "nonce", NONCE, "vid", "6f0f9b1c2d3e4f5061728394a5b6c7d8",
            "exp", String.valueOf(NOW.getEpochSecond() + 299));
        fields.putAll(fields(changes));
        fields.put("sig", WidgetSignature.two("response", fields, SECRET));
        return fields;
    }

    @Test
    void aGenuineAnswerIsBelieved() throws Exception {
        WidgetAnswer found = widget.check(answer(), NONCE, "+372 555 00123");
        assertTrue(found.isVerified());
        assertEquals(NUMBER, found.getPhone().get());
        assertEquals("6f0f9b1c2d3e4f5061728394a5b6c7d8", found.getVid().get());
        assertFalse(found.toString().contains("55500123"), found.toString());
        assertFalse(widget.check(answer("status", "CANCELLED"), NONCE, null).isVerified());
        assertTrue(widget.check(answer(), NONCE::equals, null).isVerified());
    }

    @ParameterizedTest
    @CsvSource({
        "user, other, fields", "version, 1, fields", "status, MAYBE, fields",
        "phone, 37255500123, fields", "vid, '', fields", "nonce, another-nonce-of-somebody, nonce",
        "nonce, '', nonce", "exp, 1767226200, expired", "exp, 1767230000, expired",
        "exp, never, expired", "phone, +37255500124, phone"
    })
    void aSignedAnswerIsNotBelieved(String name, String value, String reason) {
        InvalidAnswerException error = assertThrows(InvalidAnswerException.class,
            () -> widget.check(answer(name, value), NONCE, NUMBER));
        assertEquals(reason, error.getReason().get());
    }

    @ParameterizedTest
    @CsvSource({"status, CANCELLED", "phone, +37255500124", "sig, ''", "sig, f6", "extra, 1"})
    void aChangedAnswerIsNotBelieved(String name, String value) {
        Map<String, String> fields = answer();
        fields.put(name, value);
        InvalidAnswerException error = assertThrows(InvalidAnswerException.class,
            () -> widget.check(fields, NONCE, null));
        assertEquals("signature", error.getReason().get());
    }

    @Test
    void aFieldThatIsNoTextIsNotBelieved() {
        for (String value : new String[] {null, "\ud83d"}) {
            Map<String, String> fields = answer();
            fields.put("phone", value);
            assertThrows(InvalidAnswerException.class, () -> widget.check(fields, NONCE, null));
            assertThrows(InvalidAnswerException.class,
                () -> widget.checkVersion1(fields, null, BACK));
        }
    }

    @Test
    void aFieldTwiceIsNotBelieved() {
        assertThrows(InvalidAnswerException.class,
            () -> Widget.fields(Map.of("phone", new String[] {NUMBER, NUMBER})));
    }

    @Test
    void anAnswerOfVersion1() throws Exception {
        for (String spelling : new String[] {"pass", "password"}) {
            Map<String, String> form = result1("VERIFIED", NUMBER);
            form.put("sig", WidgetSignature.one(form, SECRET, spelling));
            assertTrue(widget.checkVersion1(form, NUMBER, null).isVerified());
            assertThrows(InvalidAnswerException.class,
                () -> widget.checkVersion1(form, "+37255500124", null));
            assertThrows(InvalidAnswerException.class,
                () -> widget.checkVersion1(form, null, BACK));
            Map<String, String> bound = result1("VERIFIED", NUMBER);
            bound.put("callback_url", BACK);
            form.put("sig2", WidgetSignature.two("response", bound, SECRET));
            assertTrue(widget.checkVersion1(form, null, BACK).isVerified());
            assertThrows(InvalidAnswerException.class,
                () -> widget.checkVersion1(form, null, BACK + "?once=2"));
        }
    }

    @Test
    void theWorkedForgeryOfTheContractIsNotBelieved() {
        Map<String, String> form = result1("VERIFIED", "+37255500199");
        form.put("callback_url", BACK);
        form.put("sig", "473a81f1045d45cca8fabba2c6d938d6");
        assertThrows(InvalidAnswerException.class, () -> widget.checkVersion1(form, null, null));
    }
}
