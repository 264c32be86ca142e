package ringproof;

import com.google.gson.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import ringproof.exceptions.InvalidAnswerException;
import ringproof.exceptions.VerigatorException;

/**
 * The widget: a page of the server that asks the person for number and PIN. Sign a request, send
 * the browser to it, check the answer that the browser brings back, and have it confirmed. Do all of
 * it on your server: whoever has the secret can make any answer.
 */
public final class Widget {
    private static final int NONCE_BYTES = 24;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Settings settings;
    private final JsonCalls calls;

    Widget(Settings settings, JsonCalls calls) {
        this.settings = settings;
        this.calls = calls;
    }

    /** A request of version 2 that is not signed yet. Each method gives the same object. */
    public final class Draft {
        private final Map<String, String> fields = new HashMap<>();
        private Duration lifetime = Limits.REQUEST_LIFETIME;

        private Draft(String callbackUrl) {
            byte[] random = new byte[NONCE_BYTES];
            RANDOM.nextBytes(random);
            fields.put("user", settings.username);
            fields.put("version", "2");
            fields.put("callback_url", Objects.requireNonNull(callbackUrl, "callbackUrl"));
            fields.put("nonce", Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        }

        /**
         * Fills the field.
         *
         * @param number with country code
         * @return this
         * @throws IllegalArgumentException if it is no number
         */
        public Draft phone(String number) {
            fields.put("phone", numberOf(number));
            return this;
        }

        /**
         * The person cannot change the number.
         *
         * @return this
         */
        public Draft lockPhone() {
            fields.put("phone_lock", "1");
            return this;
        }

        /**
         * Instead of the random one that every request has.
         *
         * @param nonce 22 to 64 of {@code A–Z a–z 0–9 - _}, used once
         * @return this
         */
        public Draft nonce(String nonce) {
            fields.put("nonce", Objects.requireNonNull(nonce, "nonce"));
            return this;
        }

        /**
         * How long the address is good; ten minutes without this call.
         *
         * @param duration up to an hour
         * @return this
         */
        public Draft lifetime(Duration duration) {
            if (duration.isNegative() || duration.getSeconds() == 0
                    || duration.compareTo(Limits.REQUEST_LIFETIME_MAX) > 0) {
                throw new IllegalArgumentException("lifetime must be from a second to an hour");
            }
            lifetime = duration;
            return this;
        }

        /**
         * Signs it.
         *
         * @return the request
         */
        public WidgetRequest sign() {
            if (fields.containsKey("phone_lock") && !fields.containsKey("phone")) {
                throw new IllegalArgumentException("lockPhone needs a phone");
            }
            Map<String, String> signed = new HashMap<>(fields);
            long end = settings.clock.instant().plus(lifetime).getEpochSecond();
            signed.put("exp", String.valueOf(end));
            signed.put("sig", WidgetSignature.two("request", signed, secret()));
            return new WidgetRequest(settings.widgetUrl, signed);
        }
    }

    /**
     * Begins a request of version 2.
     *
     * @param callbackUrl where the browser returns to
     * @return what can be said beside it
     */
    public Draft request(String callbackUrl) {
        return new Draft(callbackUrl);
    }

    /**
     * Signs a request of version 1, for sites that cannot move. Put a one-time value into
     * {@code callbackUrl}: nothing else makes the answer one that counts once.
     *
     * @param callbackUrl where the browser returns to
     * @param phone fills the field; null if it shall be empty
     * @return the request
     * @throws IllegalArgumentException if {@code phone} is no number: such a text could be signed
     *     into another message
     */
    public WidgetRequest requestVersion1(String callbackUrl, String phone) {
        Map<String, String> fields = new HashMap<>();
        fields.put("user", settings.username);
        fields.put("version", "1");
        fields.put("callback_url", Objects.requireNonNull(callbackUrl, "callbackUrl"));
        if (phone != null) {
            fields.put("phone", numberOf(phone));
        }
        fields.put("sig", WidgetSignature.one(fields, secret(), "pass"));
        return new WidgetRequest(settings.widgetUrl, fields);
    }

    /**
     * Checks an answer of version 2: signature, account, age, attempt, number. What it gives is true
     * of this moment; {@link #confirm} makes sure that it counts once.
     *
     * @param fields what the browser posted
     * @param nonce that of the attempt that this browser began
     * @param phone the number that you asked for; null if you asked for none
     * @return the answer
     * @throws InvalidAnswerException if it is not to be believed
     */
    public WidgetAnswer check(Map<String, String> fields, String nonce, String phone)
            throws InvalidAnswerException {
        Objects.requireNonNull(nonce, "nonce");
        return check(fields, found -> WidgetSignature.isSame(nonce, found), phone);
    }

    /**
     * As {@link #check(Map, String, String)}, where the answer names the attempt.
     *
     * @param fields what the browser posted
     * @param isMine whether a nonce is one that you gave out; then look at which browser began it
     * @param phone the number that you asked for; null if you asked for none
     * @return the answer
     * @throws InvalidAnswerException if it is not to be believed
     */
    public WidgetAnswer check(Map<String, String> fields, Predicate<String> isMine, String phone)
            throws InvalidAnswerException {
        return WidgetCheck.two(fields, settings.username, secret(), isMine, phone,
            settings.clock.instant());
    }

    /**
     * Checks an answer of version 1.
     *
     * @param fields what the browser posted
     * @param phone the number that you asked for; null if you asked for none
     * @param callbackUrl that of the request: then the answer must have the second signature
     *     ({@code --sig2 on}), which binds it to that address; null without it
     * @return the answer
     * @throws InvalidAnswerException if it is not to be believed
     */
    public WidgetAnswer checkVersion1(Map<String, String> fields, String phone, String callbackUrl)
            throws InvalidAnswerException {
        return WidgetCheck.one(fields, settings.username, secret(), phone, callbackUrl);
    }

    /**
     * The fields of a form as servlets give them.
     *
     * @param parameters {@code request.getParameterMap()}
     * @return the fields
     * @throws InvalidAnswerException if one is there twice
     */
    public static Map<String, String> fields(Map<String, String[]> parameters)
            throws InvalidAnswerException {
        Map<String, String> fields = new HashMap<>();
        for (Map.Entry<String, String[]> parameter : parameters.entrySet()) {
            if (parameter.getValue().length != 1) {
                throw WidgetCheck.wrong("fields", "the answer has a field twice");
            }
            fields.put(parameter.getKey(), parameter.getValue()[0]);
        }
        return fields;
    }

    /**
     * Asks the server itself whether it made an answer. It says yes once.
     *
     * @param vid of the answer
     * @return what the server says
     * @throws ringproof.exceptions.ResourceAlreadyExists it was confirmed before
     * @throws ringproof.exceptions.NoSuchResourceException there is none, or it is too old
     * @throws VerigatorException if it cannot be asked
     */
    public WidgetConfirmation confirm(String vid) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("vid", Objects.requireNonNull(vid, "vid"));
        return new WidgetConfirmation(calls.perform("POST", "/v1/widget/confirm", body));
    }

    private String secret() {
        if (settings.widgetSecret == null) {
            throw new IllegalStateException("give the widgetSecret to Verigator.builder()");
        }
        return settings.widgetSecret;
    }

    private static String numberOf(String phone) {
        String number = WidgetCheck.canonical(phone);
        if (number == null) {
            throw new IllegalArgumentException("phone is no phone number with country code");
        }
        return number;
    }
}
