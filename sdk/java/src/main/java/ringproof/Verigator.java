package ringproof;

import com.google.gson.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.VerigatorException;

/**
 * A Ringproof server, as one account sees it. Make one and keep it: it keeps connections.
 *
 * <p>The constructors are those that programs for the hosted service use; {@link #builder} has
 * everything.
 */
public final class Verigator {
    static final String SERVICES = "/v1/service/service";
    private static final String LOCAL = "http://127.0.0.1:8080";

    private final Settings settings;
    private final JsonCalls jsonCalls;
    private final NumberVerification number;
    private final Sms sms;
    private final Widget widget;

    /**
     * A server at an address that has the version in it, {@code https://verify.example.com/v1}.
     *
     * @param username name of the account
     * @param password its password
     * @param apiUrl address of the server; with or without {@code /v1}
     */
    public Verigator(String username, String password, String apiUrl) {
        this(builder(username, password).endpoint(apiUrl));
    }

    /**
     * A server at an address without the version.
     *
     * @param username name of the account
     * @param password its password
     * @param apiBaseUrl address of the server
     * @param apiVersion {@code v1}; there is no other
     */
    public Verigator(String username, String password, String apiBaseUrl, String apiVersion) {
        this(builder(username, password).endpoint(apiBaseUrl));
        if (!"v1".equals(apiVersion)) {
            throw new IllegalArgumentException("apiVersion must be v1");
        }
    }

    private Verigator(Builder builder) {
        settings = new Settings(builder);
        Transport transport = new Transport(settings);
        jsonCalls = new JsonCalls(transport);
        TextCalls textCalls = new TextCalls(transport);
        number = new NumberVerification(textCalls);
        sms = new Sms(textCalls);
        widget = new Widget(settings, jsonCalls);
    }

    /**
     * Everything that can be set.
     *
     * @param username name of the account
     * @param password its password
     * @return a builder
     */
    public static Builder builder(String username, String password) {
        return new Builder(username, password);
    }

    /**
     * Makes a service. You do this once, and store its id.
     *
     * @param name unique in the account; authenticators show it
     * @param fqdn domain name of your site
     * @return the service
     * @throws ringproof.exceptions.ResourceAlreadyExists if there is one of this name
     * @throws VerigatorException if it cannot be made
     */
    public Service createService(String name, String fqdn) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("fqdn", Objects.requireNonNull(fqdn, "fqdn"));
        body.addProperty("name", Objects.requireNonNull(name, "name"));
        return new Service(this, jsonCalls.perform("POST", SERVICES, body));
    }

    /**
     * Reads a service.
     *
     * @param serviceId its id
     * @return the service
     * @throws NoSuchResourceException if the account has no such service
     * @throws VerigatorException if it cannot be read
     */
    public Service getService(String serviceId) throws VerigatorException {
        String path = SERVICES + "/" + Encoding.segment(serviceId);
        return new Service(this, jsonCalls.get(path));
    }

    /**
     * A service of which you know the id, without asking the server. It has no name and no time.
     *
     * @param serviceId its id
     * @return the service
     * @throws NoSuchResourceException if nothing can have this id
     */
    public Service serviceOf(String serviceId) throws NoSuchResourceException {
        return new Service(this, serviceId);
    }

    /**
     * Confirms bare numbers, without services and users.
     *
     * @return the calls
     */
    public NumberVerification number() {
        return number;
    }

    /**
     * Plain messages.
     *
     * @return the calls
     */
    public Sms sms() {
        return sms;
    }

    /**
     * The hosted page.
     *
     * @return the calls
     */
    public Widget widget() {
        return widget;
    }

    JsonCalls calls() {
        return jsonCalls;
    }

    @Override
    public String toString() {
        return "Verigator{username=" + settings.username + ", endpoints=" + settings.endpoints + "}";
    }

    /** Sets what the constructors leave at its default. */
    public static final class Builder {
        final String username;
        final String password;
        List<String> endpoints = fromEnvironment();
        String widgetSecret;
        String widgetUrl;
        Duration timeout = Limits.TIMEOUT;
        Duration connectTimeout = Limits.CONNECT_TIMEOUT;
        int retries = Limits.RETRIES;
        boolean isPlainHttpAllowed;
        SSLContext sslContext;
        Clock clock = Clock.systemUTC();

        private Builder(String username, String password) {
            this.username = username;
            this.password = password;
        }

        private static List<String> fromEnvironment() {
            String text = System.getenv("RINGPROOF_ENDPOINT");
            String bare = text == null ? "" : text.replace(',', ' ').trim();
            return bare.isEmpty() ? List.of(LOCAL) : List.of(bare.split("\\s+"));
        }

        /**
         * Addresses of the server. With several, the next one is asked when one fails; all must
         * lead to the same server. Without this call the environment's {@code RINGPROOF_ENDPOINT}
         * is taken, where several are separated by blanks or commas, else
         * {@code http://127.0.0.1:8080}.
         *
         * @param first is asked first
         * @param others are asked when it fails
         * @return this
         */
        public Builder endpoint(String first, String... others) {
            String[] all = new String[others.length + 1];
            all[0] = Objects.requireNonNull(first, "endpoint");
            System.arraycopy(others, 0, all, 1, others.length);
            endpoints = List.of(all);
            return this;
        }

        /**
         * The secret of the widget.
         *
         * @param secret as the operator gave it to you
         * @return this
         */
        public Builder widgetSecret(String secret) {
            widgetSecret = secret;
            return this;
        }

        /**
         * The address of the widget, if it has a host of its own.
         *
         * @param url {@code https://verify.example.com/}
         * @return this
         */
        public Builder widgetUrl(String url) {
            widgetUrl = url;
            return this;
        }

        /**
         * How long one request may take; 15 seconds without this call.
         *
         * @param duration up to a day
         * @return this
         */
        public Builder timeout(Duration duration) {
            timeout = duration;
            return this;
        }

        /**
         * How long a connection may take; 5 seconds without this call.
         *
         * @param duration up to a day
         * @return this
         */
        public Builder connectTimeout(Duration duration) {
            connectTimeout = duration;
            return this;
        }

        /**
         * How often a call that only reads asks all addresses again; once without this call.
         *
         * @param count 0 to 10
         * @return this
         */
        public Builder retries(int count) {
            retries = count;
            return this;
        }

        /**
         * Also sends the password over plain HTTP to another machine.
         *
         * @return this
         */
        public Builder allowPlainHttp() {
            isPlainHttpAllowed = true;
            return this;
        }

        /**
         * What decides about certificates, for an authority of your own.
         *
         * @param context instead of the one of the Java runtime
         * @return this
         */
        public Builder sslContext(SSLContext context) {
            sslContext = context;
            return this;
        }

        /**
         * What tells the time to the widget; for tests.
         *
         * @param newClock instead of the system's
         * @return this
         */
        public Builder clock(Clock newClock) {
            clock = newClock;
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         * @throws IllegalArgumentException if something set cannot be so
         * @throws IllegalStateException if the system property
         *     {@code jdk.httpclient.enableAllMethodRetry} is set: lost starts would be sent twice
         */
        public Verigator build() {
            return new Verigator(this);
        }

        @Override
        public String toString() {
            return "Verigator.Builder{username=" + username + "}";
        }
    }
}
