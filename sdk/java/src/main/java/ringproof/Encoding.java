package ringproof;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import ringproof.exceptions.Details;
import ringproof.exceptions.NoSuchResourceException;

/** Percent-encoding, of all but letters, digits and {@code - . _ ~}. */
final class Encoding {
    private static final String PLAIN =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private static final String DIGITS = "0123456789ABCDEF";

    private Encoding() {}

    /** Half a character would arrive as another one, so it is refused. */
    static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException error) {
            throw new IllegalArgumentException("a text must have whole characters");
        }
    }

    static String text(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte one : utf8(text)) {
            if (PLAIN.indexOf(one) >= 0) {
                encoded.append((char) one);
            } else {
                append(encoded, one);
            }
        }
        return encoded.toString();
    }

    static String bytes(byte[] bytes) {
        StringBuilder encoded = new StringBuilder();
        for (byte one : bytes) {
            append(encoded, one);
        }
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, byte one) {
        encoded.append('%').append(DIGITS.charAt((one >> 4) & 15)).append(DIGITS.charAt(one & 15));
    }

    /** A form of texts, numbers and bytes; what is null is left out. */
    static String form(Map<String, Object> parameters) {
        StringJoiner form = new StringJoiner("&");
        parameters.forEach((name, value) -> {
            if (value instanceof byte[]) {
                form.add(name + "=" + bytes((byte[]) value));
            } else if (value != null) {
                form.add(name + "=" + text(value.toString()));
            }
        });
        return form.toString();
    }

    /**
     * An id as a part of a path. What cannot be an id is not asked for: an empty one would make
     * another path of it, and so would {@code ..}.
     */
    static String segment(String id) throws NoSuchResourceException {
        boolean isNone = id.isEmpty() || id.equals(".") || id.equals("..");
        boolean isWhole = StandardCharsets.UTF_8.newEncoder().canEncode(id);
        if (isNone || !isWhole || id.length() > Limits.ID_LENGTH_MAX) {
            throw new NoSuchResourceException("nothing can have this id", Details.NONE);
        }
        return text(id);
    }
}
