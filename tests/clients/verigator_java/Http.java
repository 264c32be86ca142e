import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The transport of the official Java client: the JDK's own HTTP stack, with the same settings made
 * in the same order, so that the bytes on the wire are the client's.
 *
 * <p>The body is decoded with what stands for the platform's charset. It is not UTF-8 on purpose: a
 * server that sends a non-ASCII byte is found out.
 */
final class Http {
    /** The platform charset of the machine this program pretends to run on. */
    static final Charset PLATFORM = StandardCharsets.ISO_8859_1;

    /** Which release of the client is played, told apart by its header fields. */
    enum Release {
        /** From the packaged jar. */
        PACKAGED_1_1("verigator-java-1.1", true),
        /** Classes that do not run from the packaged jar. */
        UNPACKAGED_1_1("verigator-java-null", true),
        /** Release 1.0 as conformance case 285 names it. */
        RELEASE_1_0("Java/1.8", false),
        /** Release 1.0 as it is: it sets neither agent nor Accept, the JDK sends its own. */
        JDK_OWN(null, false);

        final String agent;
        final boolean accept;

        Release(String agent, boolean accept) {
            this.agent = agent;
            this.accept = accept;
        }
    }

    /** Status and raw text of an answer. */
    record Response(int status, String body) {}

    private final String username;
    private final String password;
    private final String baseUrl;
    private final Release release;

    /** `baseUrl` is what the client calls so: base and version joined by a slash. */
    Http(String username, String password, String baseUrl, Release release) {
        this.username = username;
        this.password = password;
        this.baseUrl = baseUrl;
        this.release = release;
    }

    Response get(String endpoint) throws VerigatorException {
        return perform(endpoint, "GET", null);
    }

    Response delete(String endpoint) throws VerigatorException {
        return perform(endpoint, "DELETE", null);
    }

    Response post(String endpoint, String json) throws VerigatorException {
        return perform(endpoint, "POST", json);
    }

    Response put(String endpoint, String json) throws VerigatorException {
        return perform(endpoint, "PUT", json);
    }

    private Response perform(String endpoint, String method, String json)
        throws VerigatorException {
        HttpURLConnection connection = null;
        try {
            connection = (HttpURLConnection) new URL(baseUrl + "/" + endpoint).openConnection();
            // Set on every call, also on GET: the JDK then treats the request as one with a body
            // only when a body is really written.
            connection.setDoOutput(true);
            connection.setRequestMethod(method);
            connection.setRequestProperty("X-Service-Auth", username + ":" + password);
            if (release.accept) {
                connection.setRequestProperty("Accept", "application/json");
            }
            if (release.agent != null) {
                connection.setRequestProperty("User-Agent", release.agent);
            }
            if (json != null) {
                connection.setRequestProperty("Content-Type", "application/json");
                OutputStream output = connection.getOutputStream();
                output.write(json.getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            boolean isFine = status >= 200 && status < 400;
            InputStream body = isFine ? connection.getInputStream() : connection.getErrorStream();
            return new Response(status, text(body));
        } catch (Exception error) {
            throw new InternalError(String.valueOf(error.getMessage()));
        } finally {
            if (connection != null) {
                connection.disconnect();
            }
        }
    }

    /** Joins the lines of the body without their ends, as the client does. */
    private static String text(InputStream stream) throws Exception {
        StringBuilder content = new StringBuilder();
        if (stream == null) {
            return "";
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, PLATFORM))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                content.append(line);
            }
        }
        return content.toString();
    }
}
