package scenario;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What goes past the library: inbox, clock and faults of the server, and the harness around it. */
final class Beside {
    private static final Pattern PIN = Pattern.compile("\\d{4,16}");
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int STEP_SECONDS = 30;

    private final String server;
    private final String control;
    private final Map<String, Long> seen;

    Beside(JsonObject setting, Map<String, Long> seen) {
        this.server = setting.getAsJsonObject("addresses").get("main").getAsString();
        this.control = setting.get("control").getAsString();
        this.seen = seen;
    }

    JsonElement call(String name, JsonObject arguments) throws Exception {
        switch (name) {
            case "dev.message":
                return message(arguments.get("to").getAsString());
            case "dev.advance":
                JsonObject advance = new JsonObject();
                advance.add("advance_seconds", arguments.get("seconds"));
                return fetched(server + "/dev/clock", advance);
            case "dev.time":
                JsonObject time = new JsonObject();
                long ahead = arguments.get("ahead_seconds").getAsLong();
                time.addProperty("unix_seconds", now() + ahead);
                return time;
            case "dev.totp":
                return codes(arguments.get("secret").getAsString());
            case "dev.faults":
                return fetched(server + "/dev/faults", arguments);
            case "dev.receipt":
                return fetched(server + "/dev/inbox/receipts", arguments);
            case "harness.kill":
                return fetched(control + "/kill", new JsonObject());
            case "harness.start":
                return fetched(control + "/start", new JsonObject());
            case "harness.widget":
                return fetched(control + "/widget", arguments);
            case "harness.requests":
                String address = arguments.get("address").getAsString();
                return fetched(control + "/requests?address=" + address, null);
            default:
                throw new IllegalArgumentException("there is no call " + name);
        }
    }

    /** The first message to this number that was not given out yet. */
    JsonObject message(String to) throws Exception {
        String number = URLEncoder.encode(to, StandardCharsets.UTF_8);
        long after = seen.getOrDefault(to, 0L);
        JsonArray messages = fetched(
            server + "/dev/inbox?to=" + number + "&after=" + after + "&wait_seconds=8", null)
            .getAsJsonObject().getAsJsonArray("messages");
        if (messages.size() == 0) {
            throw new AssertionError("no message to " + to);
        }
        JsonObject message = messages.get(messages.size() - 1).getAsJsonObject();
        seen.put(to, message.get("seq").getAsLong());
        Matcher matcher = PIN.matcher(message.get("text").getAsString());
        String pin = matcher.find() ? matcher.group() : null;
        message.addProperty("pin", pin);
        message.addProperty("wrong_pin", pin == null ? null : wrong(pin));
        return message;
    }

    private static String wrong(String pin) {
        int last = pin.length() - 1;
        return pin.substring(0, last) + (Character.digit(pin.charAt(last), 10) + 1) % 10;
    }

    private long now() throws IOException {
        JsonObject clock = fetched(server + "/dev/clock", null).getAsJsonObject();
        return Instant.parse(clock.get("now").getAsString()).getEpochSecond();
    }

    private JsonObject codes(String secret) throws Exception {
        StringBuilder bits = new StringBuilder();
        for (char letter : secret.toCharArray()) {
            String five = Integer.toBinaryString(32 + BASE32.indexOf(letter));
            bits.append(five.substring(1));
        }
        byte[] key = new byte[bits.length() / 8];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) Integer.parseInt(bits.substring(8 * i, 8 * i + 8), 2);
        }
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key, "HmacSHA1"));
        byte[] step = ByteBuffer.allocate(8).putLong(now() / STEP_SECONDS).array();
        byte[] digest = mac.doFinal(step);
        int offset = digest[digest.length - 1] & 15;
        int number = ByteBuffer.wrap(digest).getInt(offset) & 0x7fffffff;
        String code = String.format("%06d", number % 1_000_000);
        StringBuilder wrong = new StringBuilder();
        code.chars().forEach(digit -> wrong.append((char) ('0' + '9' - digit)));
        JsonObject codes = new JsonObject();
        codes.addProperty("code", code);
        codes.addProperty("wrong_code", wrong.toString());
        return codes;
    }

    private static JsonElement fetched(String url, JsonElement body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        // A server that is killed must not leave a connection behind.
        connection.setRequestProperty("Connection", "close");
        if (body != null) {
            connection.setDoOutput(true);
            try (OutputStream output = connection.getOutputStream()) {
                output.write(body.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        int status = connection.getResponseCode();
        if (status >= 300) {
            throw new IOException(url + " answered " + status);
        }
        try (InputStream input = connection.getInputStream()) {
            String text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
            return text.isEmpty() ? JsonNull.INSTANCE : JsonParser.parseString(text);
        }
    }
}
