package ringproof;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.VerigatorException;

/** A service: it has users, and a name that authenticators show. */
public final class Service {
    private final Verigator verigator;
    private final String id;
    private final String name;
    private final String ctime;
    private final String path;

    Service(Verigator verigator, JsonAnswer answer) throws VerigatorException {
        this.verigator = verigator;
        this.id = answer.text("id");
        this.name = answer.text("name");
        this.ctime = answer.text("ctime");
        this.path = Verigator.SERVICES + "/" + Encoding.segment(id);
    }

    Service(Verigator verigator, String id) throws NoSuchResourceException {
        this.verigator = verigator;
        this.id = id;
        this.name = null;
        this.ctime = null;
        this.path = Verigator.SERVICES + "/" + Encoding.segment(id);
    }

    /**
     * Reads a service.
     *
     * @param verigator the server
     * @param serviceId id of the service
     * @return the service
     * @throws NoSuchResourceException if the account has no such service
     * @throws VerigatorException if it cannot be read
     */
    public static Service get(Verigator verigator, String serviceId) throws VerigatorException {
        return verigator.getService(serviceId);
    }

    /**
     * Adds a user. No message is sent.
     *
     * @param username the person's name in your program, unique in the service
     * @param phoneNumber with country code
     * @return the user; store its id
     * @throws ringproof.exceptions.ResourceAlreadyExists if there is one of this name
     * @throws VerigatorException if it cannot be added
     */
    public User registerUser(String username, String phoneNumber) throws VerigatorException {
        JsonObject body = new JsonObject();
        body.addProperty("phone_number", Objects.requireNonNull(phoneNumber, "phoneNumber"));
        body.addProperty("id_in_service", Objects.requireNonNull(username, "username"));
        return new User(this, calls().perform("POST", path + "/users", body, phoneNumber));
    }

    /**
     * Reads a user.
     *
     * @param userId its id
     * @return the user
     * @throws NoSuchResourceException if the service has no such user
     * @throws VerigatorException if it cannot be read
     */
    public User getUser(String userId) throws VerigatorException {
        return new User(this, calls().get(path + "/users/" + Encoding.segment(userId)));
    }

    /**
     * A user of which you know the id, without asking the server. It has no name and no time.
     *
     * @param userId its id
     * @return the user
     * @throws NoSuchResourceException if nothing can have this id
     */
    public User userOf(String userId) throws NoSuchResourceException {
        return new User(this, userId);
    }

    /**
     * All users of the service, oldest first.
     *
     * @return the users
     * @throws VerigatorException if they cannot be read
     */
    public List<User> getUsers() throws VerigatorException {
        return users(path + "/users");
    }

    /**
     * Some users of the service, oldest first.
     *
     * @param limit at most so many
     * @param offset how many are left out before them
     * @return the users
     * @throws VerigatorException if they cannot be read
     */
    public List<User> getUsers(int limit, int offset) throws VerigatorException {
        return users(path + "/users?limit=" + limit + "&offset=" + offset);
    }

    /**
     * Removes a user, with its authenticators and what wrong PINs cost it.
     *
     * @param userId its id
     * @throws VerigatorException if it cannot be removed
     */
    public void deleteUser(String userId) throws VerigatorException {
        userOf(userId).delete();
    }

    /**
     * Deletes the service.
     *
     * @throws ringproof.exceptions.ResourceAlreadyExists if it has users
     * @throws VerigatorException if it cannot be deleted
     */
    public void delete() throws VerigatorException {
        calls().delete(path);
    }

    /**
     * The id, for your configuration.
     *
     * @return the id
     */
    public String getServiceId() {
        return id;
    }

    /**
     * The name.
     *
     * @return null if the service was not read
     */
    public String getName() {
        return name;
    }

    /**
     * When it was made, RFC 3339.
     *
     * @return null if the service was not read
     */
    public String getCtime() {
        return ctime;
    }

    JsonCalls calls() {
        return verigator.calls();
    }

    String path() {
        return path;
    }

    private List<User> users(String address) throws VerigatorException {
        List<User> users = new ArrayList<>();
        for (JsonAnswer answer : calls().get(address).list("users")) {
            users.add(new User(this, answer));
        }
        return users;
    }

    @Override
    public String toString() {
        return "Service{id=" + id + ", name=" + name + "}";
    }
}
