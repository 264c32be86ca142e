package ringproof;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The signatures of the widget, of both versions, over all fields but {@code sig}. */
final class WidgetSignature {
    private WidgetSignature() {}

    /** Version 2; also {@code sig2} of version 1. The direction is request or response. */
    static String two(String direction, Map<String, String> fields, String secret) {
        StringJoiner pairs = new StringJoiner("&", direction + "\n", "");
        sorted(fields).forEach((name, value) ->
            pairs.add(Encoding.text(name) + "=" + Encoding.text(value)));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(utf8(secret), "HmacSHA256"));
            return hexadecimal(mac.doFinal(utf8(pairs.toString())));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", error);
        }
    }

    /**
     * Version 1: MD5. The secret stands among the fields under {@code pass}, in some programs under
     * {@code password}.
     */
    static String one(Map<String, String> fields, String secret, String secretName) {
        SortedMap<String, String> all = sorted(fields);
        all.put(secretName, secret);
        StringBuilder text = new StringBuilder();
        all.forEach((name, value) -> text.append(name).append(value));
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            return hexadecimal(digest.digest(utf8(text.toString())));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("every Java runtime has MD5", error);
        }
    }

    /** The time it takes tells nothing about where they differ. */
    static boolean isSame(String expected, String given) {
        return MessageDigest.isEqual(utf8(expected), utf8(given == null ? "" : given));
    }

    private static SortedMap<String, String> sorted(Map<String, String> fields) {
        SortedMap<String, String> sorted = new TreeMap<>(fields);
        sorted.remove("sig");
        return sorted;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hexadecimal(byte[] bytes) {
        StringBuilder digits = new StringBuilder();
        for (byte one : bytes) {
            digits.append(String.format("%02x", one));
        }
        return digits.toString();
    }
}
