package ringproof;

import java.util.List;
import java.util.regex.Pattern;

/** Keeps secrets out of what is printed. */
final class Redaction {
    private static final String HIDDEN = "[hidden]";
    private static final Pattern NUMBERS = Pattern.compile("\\+?\\d[\\d ().-]{4,}\\d");
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}+");
    /** Shorter texts would take the words of a message apart. */
    private static final int SECRET_LENGTH_MIN = 4;

    private Redaction() {}

    /** A phone number of which only the beginning and the end can be read. */
    static String maskedNumber(String number) {
        if (number == null) {
            return "none";
        }
        int length = number.length();
        return length < 10
            ? HIDDEN
            : number.substring(0, 5) + "\u2022\u2022\u2022\u2022\u2022" + number.substring(length - 2);
    }

    /** A text of the server on one line, short, without the secrets given and whole numbers. */
    static String scrubbed(String text, List<String> secrets) {
        int longest = Math.min(text.length(), 8 * Limits.MESSAGE_LENGTH_MAX);
        String clean = CONTROLS.matcher(text.substring(0, longest)).replaceAll(" ");
        for (String secret : secrets) {
            if (secret != null && secret.length() >= SECRET_LENGTH_MIN) {
                clean = clean.replace(secret, HIDDEN);
            }
        }
        clean = NUMBERS.matcher(clean).replaceAll(HIDDEN);
        return clean.length() > Limits.MESSAGE_LENGTH_MAX
            ? clean.substring(0, Limits.MESSAGE_LENGTH_MAX) + "\u2026"
            : clean;
    }
}
