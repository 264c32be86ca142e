package ringproof;

import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import ringproof.exceptions.Details;
import ringproof.exceptions.InvalidAnswerException;

/** Decides whether an answer is to be believed. */
final class WidgetCheck {
    private static final Pattern NUMBER = Pattern.compile("\\+[1-9]\\d{6,14}");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
    private static final Pattern VID = Pattern.compile("[0-9A-Za-z_-]{1,200}");
    /** What version 1 signs. It has no callback_url: a request must not pass for an answer. */
    private static final List<String> SIGNED_1 = List.of("phone", "status", "user", "version");

    private WidgetCheck() {}

    static WidgetAnswer two(Map<String, String> fields, String user, String secret,
            Predicate<String> isMine, String phone, Instant now) throws InvalidAnswerException {
        mustBeTexts(fields);
        String expected = WidgetSignature.two("response", fields, secret);
        if (!WidgetSignature.isSame(expected, fields.get("sig"))) {
            throw wrong("signature", "the signature is wrong");
        }
        mustBeOurs(fields, "2", user, phone);
        String exp = fields.getOrDefault("exp", "");
        long end = SECONDS.matcher(exp).matches() ? Long.parseLong(exp) : 0;
        Instant latest = now.plus(Limits.ANSWER_LIFETIME).plus(Limits.CLOCK_SKEW);
        if (end <= now.getEpochSecond() || end > latest.getEpochSecond()) {
            throw wrong("expired", "the answer is too old");
        }
        String nonce = fields.getOrDefault("nonce", "");
        if (nonce.isEmpty() || !isMine.test(nonce)) {
            throw wrong("nonce", "the answer belongs to another attempt");
        }
        if (!VID.matcher(fields.getOrDefault("vid", "")).matches()) {
            throw wrong("fields", "the answer has no vid");
        }
        return new WidgetAnswer(fields);
    }

    static WidgetAnswer one(Map<String, String> fields, String user, String secret, String phone,
            String callbackUrl) throws InvalidAnswerException {
        mustBeTexts(fields);
        Map<String, String> signed = new HashMap<>(fields);
        signed.keySet().retainAll(SIGNED_1);
        String sig = fields.getOrDefault("sig", "").toLowerCase(Locale.ROOT);
        // Both are computed always: the time tells nothing about the spelling of the request.
        boolean isPass = WidgetSignature.isSame(WidgetSignature.one(signed, secret, "pass"), sig);
        boolean isPassword =
            WidgetSignature.isSame(WidgetSignature.one(signed, secret, "password"), sig);
        if (!isPass && !isPassword) {
            throw wrong("signature", "the signature is wrong");
        }
        if (callbackUrl != null) {
            Map<String, String> bound = new HashMap<>(signed);
            bound.put("callback_url", callbackUrl);
            String expected = WidgetSignature.two("response", bound, secret);
            if (!WidgetSignature.isSame(expected, fields.get("sig2"))) {
                throw wrong("signature", "the second signature is missing or wrong");
            }
        }
        mustBeOurs(signed, "1", user, phone);
        return new WidgetAnswer(signed);
    }

    /** What a browser sends may be anything, also half a character. */
    private static void mustBeTexts(Map<String, String> fields) throws InvalidAnswerException {
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            if (field.getKey() == null || field.getValue() == null
                    || !encoder.canEncode(field.getKey()) || !encoder.canEncode(field.getValue())) {
                throw wrong("fields", "the answer has a field that is no text");
            }
        }
    }

    private static void mustBeOurs(Map<String, String> fields, String version, String user,
            String expectedPhone) throws InvalidAnswerException {
        if (!user.equals(fields.get("user")) || !version.equals(fields.get("version"))) {
            throw wrong("fields", "the answer is for another account or of another version");
        }
        boolean isVerified = "VERIFIED".equals(fields.get("status"));
        if (!isVerified && !"CANCELLED".equals(fields.get("status"))) {
            throw wrong("fields", "the answer has an unknown status");
        }
        String phone = fields.get("phone");
        if (phone == null ? isVerified : !NUMBER.matcher(phone).matches()) {
            throw wrong("fields", "the answer has no phone number");
        }
        if (isVerified && expectedPhone != null && !phone.equals(canonical(expectedPhone))) {
            throw wrong("phone", "another number than the one asked for was verified");
        }
    }

    /**
     * A number as the server writes it, + and digits; null if it is none. Whether a zero in
     * parentheses belongs to a number depends on the country, so such a text is none.
     */
    static String canonical(String number) {
        String bare = number.contains("(0") ? "" : number.replaceAll("[ \\t\\-._()]", "");
        String whole = bare.startsWith("00") ? "+" + bare.substring(2)
            : bare.startsWith("+") ? bare : "+" + bare;
        return NUMBER.matcher(whole).matches() ? whole : null;
    }

    static InvalidAnswerException wrong(String reason, String message) {
        return new InvalidAnswerException(message, Details.NONE.because(reason, null));
    }
}
