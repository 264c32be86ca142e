package ringproof;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import ringproof.exceptions.ConnectionFailedException;
import ringproof.exceptions.Details;
import ringproof.exceptions.UnavailableException;
import ringproof.exceptions.VerigatorException;

/**
 * Requests to the addresses of the server: which one is asked, and when a call is made again.
 *
 * <p>A call that only reads goes on to the next address when no answer came, or the server says
 * that it cannot answer now; when all of them failed, they are asked once more. Every other call
 * goes on only if it surely never arrived: a start that went out twice is two messages, and a PIN
 * that was checked twice is two attempts.
 */
final class Transport {
    /** Makes a result of an answer, or throws what it stands for. */
    interface Reader<T> {
        T read(Incoming incoming) throws VerigatorException;
    }

    /** What is asked for, without its address. */
    static final class Call {
        final String method;
        final String path;
        final String[] headers;
        final String body;
        final boolean isReading;

        /** {@code isReading}: it changes nothing, so that it can be repeated. */
        Call(String method, String path, String[] headers, String body, boolean isReading) {
            this.method = method;
            this.path = path;
            this.headers = headers;
            this.body = body;
            this.isReading = isReading;
        }
    }

    private static final String REPEATS = "jdk.httpclient.enableAllMethodRetry";

    final Settings settings;
    /** The address that answered last. */
    private volatile int preferred;
    /** Keeps connections; given up when they have been idle for too long. */
    private HttpClient client;
    private long lastUsedNanos;

    Transport(Settings settings) {
        refuseRepeats();
        this.settings = settings;
    }

    <T> T perform(Call call, Reader<T> reader) throws VerigatorException {
        List<String> endpoints = settings.endpoints;
        int first = preferred;
        int rounds = call.isReading ? 1 + settings.retries : 1;
        for (int tries = 1; ; tries++) {
            int index = (first + tries - 1) % endpoints.size();
            try {
                Incoming incoming = send(call, endpoints.get(index));
                // Whatever it says: this address answers.
                preferred = index;
                return reader.read(incoming);
            } catch (VerigatorException error) {
                if (tries >= rounds * endpoints.size() || !mayGoOn(call, error)) {
                    throw error;
                }
                if (tries % endpoints.size() == 0) {
                    pauseBefore(error);
                }
            }
        }
    }

    /** With this property the HTTP client of the runtime would send a lost start once more. */
    private static void refuseRepeats() {
        String value = System.getProperty(REPEATS);
        if (value != null && !value.equals("false")) {
            throw new IllegalStateException("the system property " + REPEATS
                + " must not be set: a start that is sent twice can be two messages");
        }
    }

    private Incoming send(Call call, String endpoint) throws VerigatorException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint + call.path))
            .timeout(settings.timeout)
            .method(call.method, call.body == null
                ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(Encoding.utf8(call.body)))
            .header("User-Agent", Version.USER_AGENT)
            .headers(call.headers);
        try {
            return Exchange.perform(client(), request.build(), settings.timeout);
        } finally {
            used();
        }
    }

    private synchronized HttpClient client() {
        long now = System.nanoTime();
        if (client == null || now - lastUsedNanos > Limits.IDLE_MAX.toNanos()) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(settings.connectTimeout);
            if (settings.sslContext != null) {
                builder.sslContext(settings.sslContext);
            }
            client = builder.build();
        }
        lastUsedNanos = now;
        return client;
    }

    private synchronized void used() {
        lastUsedNanos = System.nanoTime();
    }

    /** Whether the next address may be asked after this failure. */
    private static boolean mayGoOn(Call call, VerigatorException error) {
        if (error instanceof ConnectionFailedException) {
            return !Thread.currentThread().isInterrupted()
                && (call.isReading || !error.isMaybeSent());
        }
        // FAILED 209 has the status 200: it is an answer like others.
        return call.isReading && error instanceof UnavailableException
            && error.getStatus().orElse(0) >= 502;
    }

    /** Never as long as in another program, so that they do not all come back at one moment. */
    private static void pauseBefore(VerigatorException error) throws ConnectionFailedException {
        OptionalLong asked = error.getRetryAfterSeconds();
        boolean isShort = asked.isPresent() && asked.getAsLong() > 0
            && asked.getAsLong() <= Limits.PAUSE_SECONDS_MAX;
        long milliseconds = isShort
            ? asked.getAsLong() * 1000
            : ThreadLocalRandom.current().nextLong(Limits.PAUSE_MS, 2L * Limits.PAUSE_MS);
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ConnectionFailedException("the thread was interrupted", Details.NONE);
        }
    }
}
