package ringproof;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import ringproof.exceptions.ConnectionFailedException;
import ringproof.exceptions.Details;
import ringproof.exceptions.InvalidResponseException;
import ringproof.exceptions.VerigatorException;

/**
 * One request and its answer: the time-out covers both, the body has a bound, and a failure says
 * whether the request may have arrived.
 */
final class Exchange {
    private Exchange() {}

    static Incoming perform(HttpClient client, HttpRequest request, Duration timeout)
            throws VerigatorException {
        BoundedBody body = new BoundedBody(Limits.ANSWER_BYTES_MAX);
        // The client's own time-out ends with the head of the answer.
        CompletableFuture<HttpResponse<byte[]>> future =
            client.sendAsync(request, head -> body);
        String host = request.uri().getRawAuthority();
        try {
            HttpResponse<byte[]> response = future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Incoming(response.statusCode(), text(response), response.headers());
        } catch (TimeoutException error) {
            throw lost(host, "no answer within " + timeout.toMillis() + " ms", true);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw lost(host, "the thread was interrupted", true);
        } catch (ExecutionException error) {
            throw failure(host, error.getCause());
        } finally {
            future.cancel(true);
            body.stop();
        }
    }

    private static VerigatorException failure(String host, Throwable cause) {
        for (Throwable one = cause; one != null; one = one.getCause()) {
            if (one instanceof BoundedBody.TooLong) {
                return new InvalidResponseException(
                    "the answer has more than " + Limits.ANSWER_BYTES_MAX + " bytes",
                    Details.NONE.maybeSent(true));
            } else if (one instanceof ConnectException || one instanceof HttpConnectTimeoutException
                    || one instanceof NoRouteToHostException || one instanceof UnknownHostException
                    || one instanceof UnresolvedAddressException
                    || one instanceof SSLHandshakeException) {
                return lost(host, "no connection: " + one.getClass().getSimpleName(), false);
            }
        }
        String what = cause instanceof IOException ? "the connection was lost" : "no answer";
        return lost(host, what + ": " + cause.getClass().getSimpleName(), true);
    }

    private static ConnectionFailedException lost(String host, String what, boolean maybeSent) {
        Details details = Details.NONE.maybeSent(maybeSent);
        return new ConnectionFailedException(host + ": " + what, details);
    }

    private static String text(HttpResponse<byte[]> response) throws InvalidResponseException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(response.body());
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException error) {
            Details details = Details.ofAnswer(response.statusCode(), null, -1);
            throw new InvalidResponseException("the answer is not UTF-8", details.maybeSent(true));
        }
    }
}
