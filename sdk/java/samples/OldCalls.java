// The other calls that programs for the old library make, with its exceptions and its constructor of
// four arguments. Only imports and address are changed.
// prints: the service is gone
import java.util.List;
import ringproof.Service;
import ringproof.User;
import ringproof.Verigator;
import ringproof.exceptions.InvalidDataException;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.ResourceAlreadyExists;
import ringproof.exceptions.VerigatorException;
import ringproof.exceptions.VerigatorInternalError;
import ringproof.exceptions.WrongCredentialsException;

public class OldCalls {
    private static final String BASE = "https://verify.example.com";

    public static void main(String[] args) throws VerigatorException {
        Verigator verigator = new Verigator("shop-api", "your-password", BASE, "v1");
        Service service = verigator.createService("Example Shop", "www.example.com");
        User user = service.registerUser("jane_roe", "+37255500123");
        User found = service.getUser(user.getId());
        List<User> users = verigator.getService(service.getServiceId()).getUsers();
        System.out.println(users.size() + " user, " + found.getId().equals(users.get(0).getId()));
        try {
            service.registerUser("jane_roe", "+37255500123");
        } catch (ResourceAlreadyExists error) {
            System.out.println("exists: " + error.getMessage());
        }
        try {
            service.registerUser("joe", "no number");
        } catch (InvalidDataException error) {
            System.out.println("invalid: " + error.getMessage());
        }
        try {
            new Verigator("shop-api", "another password", BASE, "v1").getService("wrong-service-id");
        } catch (WrongCredentialsException error) {
            System.out.println("credentials: " + error.getMessage());
        }
        user.authenticateUsingSMS();
        try {
            user.delete();
            user.authenticateUsingSMS();
        } catch (VerigatorInternalError error) {
            System.out.println("not this one");
        } catch (NoSuchResourceException error) {
            System.out.println("user: " + error.getMessage());
        }
        service.delete();
        try {
            verigator.getService(service.getServiceId());
        } catch (NoSuchResourceException error) {
            System.out.println("the service is gone");
        }
    }
}
