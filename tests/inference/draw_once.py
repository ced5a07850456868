"""Sample the lighthouse in a process of its own and print a fingerprint of every draw."""

from __future__ import annotations

from hashlib import sha256

from forecast.inference.sampling import Settings, fit
from tests.inference.lighthouse import lighthouse, lit


def main() -> None:
    """Print the SHA-256 of the posterior."""
    tree = fit(lighthouse(), lit(), Settings(draws=50, tune=100, chains=2, seed=7))
    posterior = tree["posterior"].to_dataset()
    digest = sha256()
    for name in sorted(map(str, posterior.data_vars)):
        digest.update(name.encode())
        digest.update(posterior[name].values.tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
