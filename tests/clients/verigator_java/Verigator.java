import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The calls of the official Java client, with its paths, its exact expectations of a status, and
 * its typed reading of the answers.
 */
final class Verigator {
    private static final String SERVICES = "service/service";
    private static final String SERVICE = "service/service/%s";
    private static final String USERS = "service/service/%s/users";
    private static final String USER_TO_READ = "service/service/%s/user/%s";
    private static final String USER_TO_DELETE = "service/service/%s/users/%s";
    private static final String AUTH = "service/service/%s/users/%s/auth";

    private final Http http;

    /** The four-argument constructor of the client: base and version apart, joined by a slash. */
    Verigator(String username, String password, String base, String version, Http.Release release) {
        this.http = new Http(username, password, base + "/" + version, release);
    }

    Service createService(String name, String fqdn) throws VerigatorException {
        return service(expect(200, http.post(SERVICES, Json.object("name", name, "fqdn", fqdn))));
    }

    Service getService(String id) throws VerigatorException {
        return service(expect(200, http.get(String.format(SERVICE, id))));
    }

    private Service service(Map<String, Object> body) {
        typedObject(body, "verigatorApi");
        String name = typedText(body, "name");
        return new Service(typedText(body, "id"), typedText(body, "ctime"), name);
    }

    /** A service and the calls that belong to it. */
    final class Service {
        final String id;
        final String ctime;
        final String name;

        Service(String id, String ctime, String name) {
            this.id = id;
            this.ctime = ctime;
            this.name = name;
        }

        void delete() throws VerigatorException {
            VerigatorException.expect(http.delete(String.format(SERVICE, id)), 202);
        }

        User registerUser(String userName, String phoneNumber) throws VerigatorException {
            String json = Json.object("phone_number", phoneNumber, "id_in_service", userName);
            return user(expect(200, http.post(String.format(USERS, id), json)));
        }

        /** The singular path: the client knows no other for this call. */
        User getUser(String userId) throws VerigatorException {
            return user(expect(200, http.get(String.format(USER_TO_READ, id, userId))));
        }

        List<User> getUsers() throws VerigatorException {
            Map<String, Object> body = expect(200, http.get(String.format(USERS, id)));
            typedInteger(body, "count");
            Object users = body.get("users");
            if (users == null) {
                throw new NullPointerException("users");
            } else if (!(users instanceof List)) {
                throw new Json.JsonSyntaxException("users must be an array");
            }
            List<User> found = new ArrayList<>();
            for (Object user : (List<?>) users) {
                found.add(user(asObject(user)));
            }
            return found;
        }

        void deleteUser(String userId) throws VerigatorException {
            VerigatorException.expect(http.delete(String.format(USER_TO_DELETE, id, userId)), 202);
        }

        private User user(Map<String, Object> body) {
            typedObject(body, "service");
            String login = typedText(body, "id_in_service");
            return new User(this, typedText(body, "id"), typedText(body, "ctime"), login);
        }
    }

    /** A user and the calls that belong to it. */
    final class User {
        final Service service;
        final String id;
        final String ctime;
        final String username;

        User(Service service, String id, String ctime, String username) {
            this.service = service;
            this.id = id;
            this.ctime = ctime;
            this.username = username;
        }

        String authenticateUsingSms() throws VerigatorException {
            return authenticate("sms");
        }

        String authenticateUsingTotp() throws VerigatorException {
            return authenticate("totp");
        }

        /** Gives the method that was really used. */
        String authenticate(String method) throws VerigatorException {
            String path = String.format(AUTH, service.id, id);
            return typedText(expect(200, http.post(path, Json.object("method", method))), "method");
        }

        boolean verifyPin(String token) throws VerigatorException {
            String path = String.format(AUTH, service.id, id);
            Http.Response response = http.put(path, Json.object("token", token));
            Object verified = expect(200, response).get("verified");
            if (!(verified instanceof Boolean)) {
                throw new Json.JsonSyntaxException("verified must be a boolean");
            }
            return (Boolean) verified;
        }
    }

    private static Map<String, Object> expect(int status, Http.Response response)
        throws VerigatorException {
        VerigatorException.expect(response, status);
        for (char c : response.body().toCharArray()) {
            if (c > 0x7e) {
                throw new Json.JsonSyntaxException("a byte that this platform's charset misreads");
            }
        }
        return asObject(Json.parse(response.body()));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asObject(Object value) {
        if (!(value instanceof Map)) {
            throw new Json.JsonSyntaxException("expected an object");
        }
        return (Map<String, Object>) value;
    }

    /** Text fields also take a number or a boolean, and stay null when the member is absent. */
    private static String typedText(Map<String, Object> body, String name) {
        Object value = body.get(name);
        if (value instanceof Map || value instanceof List) {
            throw new Json.JsonSyntaxException(name + " must be a text");
        }
        return value == null ? null : value.toString();
    }

    private static void typedInteger(Map<String, Object> body, String name) {
        if (body.containsKey(name) && !(body.get(name) instanceof Long)) {
            throw new Json.JsonSyntaxException(name + " must be an integer");
        }
    }

    /** The client has a field of this name whose type is an object; any other value breaks it. */
    private static void typedObject(Map<String, Object> body, String name) {
        Object value = body.get(name);
        if (value != null && !(value instanceof Map)) {
            throw new Json.JsonSyntaxException(name + " must be an object");
        }
    }
}
