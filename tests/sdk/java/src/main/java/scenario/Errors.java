package scenario;

import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import ringproof.exceptions.ConnectionFailedException;
import ringproof.exceptions.InsufficientCreditException;
import ringproof.exceptions.InternalErrorException;
import ringproof.exceptions.InvalidAnswerException;
import ringproof.exceptions.InvalidDataException;
import ringproof.exceptions.InvalidResponseException;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.ResourceAlreadyExistsException;
import ringproof.exceptions.ResourceForbiddenException;
import ringproof.exceptions.ThrottledException;
import ringproof.exceptions.UnavailableException;
import ringproof.exceptions.VerigatorException;
import ringproof.exceptions.WrongCredentialsException;

/** The form that the scenario gives an error. */
final class Errors {
    private static final Map<Class<?>, String> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put(InvalidDataException.class, "invalid_data");
        KINDS.put(WrongCredentialsException.class, "wrong_credentials");
        KINDS.put(ResourceForbiddenException.class, "forbidden");
        KINDS.put(NoSuchResourceException.class, "no_such_resource");
        KINDS.put(ResourceAlreadyExistsException.class, "already_exists");
        KINDS.put(InsufficientCreditException.class, "insufficient_credit");
        KINDS.put(ThrottledException.class, "throttled");
        KINDS.put(UnavailableException.class, "unavailable");
        KINDS.put(InternalErrorException.class, "internal");
        KINDS.put(InvalidResponseException.class, "invalid_response");
        KINDS.put(InvalidAnswerException.class, "invalid_answer");
        KINDS.put(ConnectionFailedException.class, "connection");
    }

    private Errors() {}

    static JsonObject describe(VerigatorException error) {
        JsonObject described = new JsonObject();
        String kind = KINDS.getOrDefault(error.getClass(), "error");
        described.addProperty("kind", kind);
        error.getStatus().ifPresent(status -> described.addProperty("status", status));
        error.getReason().ifPresent(reason -> described.addProperty("reason", reason));
        error.getField().ifPresent(field -> described.addProperty("field", field));
        error.getRetryAfterSeconds()
            .ifPresent(seconds -> described.addProperty("retry_after", seconds));
        if (kind.equals("connection")) {
            described.addProperty("maybe_sent", error.isMaybeSent());
        }
        return described;
    }
}
