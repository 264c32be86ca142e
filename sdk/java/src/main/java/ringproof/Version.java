package ringproof;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this library, as the build wrote it down. */
final class Version {
    static final String VERSION = read();
    /** The header {@code User-Agent}. */
    static final String USER_AGENT = "ringproof-java/" + VERSION;

    private Version() {}

    private static String read() {
        try (InputStream stream = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            if (stream != null) {
                properties.load(stream);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
