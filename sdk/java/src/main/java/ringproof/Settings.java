package ringproof;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** What a {@link Verigator.Builder} was given, checked. */
final class Settings {
    private static final Pattern LOOPBACK =
        Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1\\]|\\[0:0:0:0:0:0:0:1\\]");
    private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7e]+");

    final String username;
    final String password;
    final List<String> endpoints;
    final String widgetSecret;
    final String widgetUrl;
    final Duration timeout;
    final Duration connectTimeout;
    final int retries;
    final SSLContext sslContext;
    final Clock clock;

    Settings(Verigator.Builder builder) {
        username = builder.username;
        password = builder.password;
        demand(username != null && PRINTABLE.matcher(username).matches()
            && username.indexOf(':') < 0, "username must be printable ASCII without a colon");
        demand(password != null && PRINTABLE.matcher(password).matches(),
            "password must be printable ASCII");
        demand(username.length() + password.length() < Limits.AUTH_BYTES_MAX,
            "username and password are too long");
        List<String> checked = new ArrayList<>();
        for (String endpoint : builder.endpoints) {
            checked.add(endpoint(endpoint, builder.isPlainHttpAllowed));
        }
        endpoints = List.copyOf(checked);
        timeout = duration("timeout", builder.timeout);
        connectTimeout = shorter(duration("connectTimeout", builder.connectTimeout), timeout);
        retries = builder.retries;
        demand(retries >= 0 && retries <= Limits.RETRIES_MAX, "retries must be from 0 to 10");
        widgetSecret = builder.widgetSecret;
        demand(widgetSecret == null || !widgetSecret.isEmpty(), "widgetSecret must not be empty");
        widgetUrl =
            builder.widgetUrl == null ? endpoints.get(0) + "/widget" : builder.widgetUrl;
        sslContext = builder.sslContext;
        clock = builder.clock;
    }

    /** An address without its last slash and version. What is refused is not repeated. */
    private static String endpoint(String text, boolean isPlainHttpAllowed) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException error) {
            throw new IllegalArgumentException("endpoint is no address");
        }
        boolean isPlain = "http".equalsIgnoreCase(uri.getScheme());
        demand((isPlain || "https".equalsIgnoreCase(uri.getScheme())) && uri.getHost() != null,
            "endpoint must be an address that begins with https:// or http://");
        demand(uri.getRawUserInfo() == null && uri.getRawQuery() == null
            && uri.getRawFragment() == null,
            "endpoint must have no user name, query or fragment");
        demand(!isPlain || isPlainHttpAllowed || LOOPBACK.matcher(uri.getHost()).matches(),
            "endpoint must begin with https://, or call allowPlainHttp()");
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        String base = path.replaceAll("/+$", "").replaceAll("/v1$", "").replaceAll("/+$", "");
        return uri.getScheme() + "://" + uri.getRawAuthority() + base;
    }

    private static Duration duration(String name, Duration duration) {
        boolean isFine = duration != null && !duration.isNegative() && !duration.isZero()
            && duration.compareTo(Duration.ofDays(1)) <= 0;
        demand(isFine, name + " must be from a moment to a day");
        return duration;
    }

    private static Duration shorter(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }

    private static void demand(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
