"""Passes the proof-of-work challenge of a model API guarded by Stillwatch. Python 3.9+, standard library only.

solve(body, base_url) takes the JSON body of the 403 and the base URL of the call, solves the puzzle and posts the
solution. It returns {"clearance", "kind", "expires_at"}; then send the call again. It raises ValueError where
a person has to act or the challenge cannot be trusted, RuntimeError where the solution was not taken, and what
urllib raises where nobody answers.
"""
import hashlib, json, time, urllib.error, urllib.request
from urllib.parse import urljoin, urlsplit

class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None

def solve(body, base_url, max_work=2**27):
    error = body.get("error", body)  # the openai package leaves the outer object out
    details = error.get("details") or []
    challenge = error.get("challenge") or next((d for d in details if d.get("@type") == "stillwatch.Challenge"), None)
    if not challenge or challenge["kind"] != "proof_of_work":
        raise ValueError(error.get("message", "no challenge"))
    url, base = urlsplit(challenge["url"]), urlsplit(str(base_url))
    if url.hostname == base.hostname and (url.scheme, base.scheme) == ("http", "https"):
        url = urlsplit(urljoin(str(base_url), url.path))  # what was called by https is answered by https
    is_own = (url.scheme, url.netloc) == (base.scheme, base.netloc)
    if "@" in url.netloc or not (is_own or url.scheme == "https"):
        raise ValueError("the challenge leads to another host without https")
    p = challenge["puzzle"]["parameters"]
    nonce, salt, cost, size = bytes.fromhex(p["nonce"]), bytes.fromhex(p["salt"]), int(p["cost"]), int(p["keyLength"])
    if p["algorithm"] != "PBKDF2/SHA-256" or not p["keyPrefix"] or not 1 <= cost <= max_work or not 1 <= size <= 64:
        raise ValueError("not a puzzle of this protocol")
    for counter in range(max_work // (cost * -(-size // 32))):
        key = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, cost, size).hex()
        if key.startswith(p["keyPrefix"].lower()):
            break
    else:
        raise ValueError("the puzzle takes too much work")
    answer = {"puzzle": challenge["puzzle"], "solution": {"counter": counter, "derivedKey": key}}
    request = urllib.request.Request(url.geturl(), json.dumps(answer).encode(), {"content-type": "application/json"})
    for waits_left in (3, 2, 1, 0):
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=30) as response:
                return json.loads(response.read(65536))
        except urllib.error.HTTPError as refusal:
            if refusal.code == 409:  # passed by an earlier try whose answer was lost
                return {"clearance": None, "kind": "proof_of_work", "expires_at": None}
            told = refusal.headers.get("retry-after") or "1"
            seconds = int(told) if told.isdecimal() and len(told) < 3 else 99
            if refusal.code not in (429, 503) or waits_left == 0 or seconds > 30:
                text = f"The solution was not taken (status {refusal.code}). Call again later, or open this in a browser:"
                raise RuntimeError(f"{text} {url.geturl()}") from refusal
            time.sleep(seconds)
