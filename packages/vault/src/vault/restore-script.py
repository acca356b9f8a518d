import base64, functools, getpass, glob, hashlib, hmac, json, os, subprocess, sys, tempfile, unicodedata
vault, want, out = sys.argv[1:4]
def run(*args, data=b"", env={}): return subprocess.run(args, input=data, stdout=subprocess.PIPE, check=True, env={**os.environ, **env}).stdout
def hkdf(key, salt, name): return hmac.new(hmac.new(salt, key, "sha256").digest(), b"holdfast/v1/" + name + b"\1", "sha256").digest()
head, remote, env = json.loads(run("rclone", "cat", vault + "/vault.json")), vault + "/v1", {}
if head["encrypted"]:
    phrase = os.environ.get("HOLDFAST_PASSPHRASE") or getpass.getpass("Passphrase: ")
    for name in run("rclone", "lsf", vault + "/keys").decode().split():
        try: k = json.loads(run("rclone", "cat", vault + "/keys/" + name))
        except ValueError: continue  # cut short when a passphrase was changed
        s = hashlib.scrypt(unicodedata.normalize("NFC", phrase).encode(), salt=bytes.fromhex(k["salt"]), n=k["kdf"]["n"], r=8, p=1, dklen=64, maxmem=2**29)
        if hmac.new(s[32:], (head["id"] + k["iv"] + k["wrapped"]).encode(), "sha256").hexdigest() == k["mac"]: break
    else: sys.exit("The passphrase does not open this vault.")
    master = run("openssl", "enc", "-d", "-aes-256-ctr", "-K", s[:32].hex(), "-iv", k["iv"], data=bytes.fromhex(k["wrapped"]))
    env = {"RCLONE_CONFIG_HFV_TYPE": "crypt", "RCLONE_CONFIG_HFV_REMOTE": remote if ":" in vault else os.path.abspath(remote)}
    for n in ("", "2"):
        clear = base64.urlsafe_b64encode(hkdf(master, bytes.fromhex(head["id"]), b"crypt-password" + n.encode())).rstrip(b"=")
        env["RCLONE_CONFIG_HFV_PASSWORD" + n] = run("rclone", "obscure", "-", data=clear).decode().strip()
    remote = "HFV:"
work = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(out)))  # a decrypted copy of the vault's objects
run("rclone", "copy", remote, work, env=env)
def sealed(path):  # one damaged object must not keep the others back
    try: return json.loads(run("zstd", "-dcq", data=open(path, "rb").read()).split(b"\n")[0])
    except (subprocess.CalledProcessError, ValueError): return print("Damaged:", path)
marks = [mark for mark in map(sealed, glob.glob(work + "/marks/*.mark")) if mark]
hidden, gone, snaps, runs, rows = *({key for mark in marks for key in mark[what]} for what in ("snapshots", "packs")), {}, {}, []
for path in sorted(glob.glob(work + "/snaps/*/*.snap")):
    if not (snap := sealed(path)): continue
    snaps["%s-%d" % (snap["writer"], snap["seq"])], rows = snap, rows + snap["index"]
    if snap["kind"] == "run" and path[len(work) + 1:] not in hidden: runs[snap["writer"]] = snap  # its last one
for path in glob.glob(work + "/index/*.tar.zst"):
    rows += map(json.loads, run("tar", "-xO", data=run("zstd", "-dcq", data=open(path, "rb").read())).splitlines())
rows = sorted((row for row in rows if os.path.exists(work + "/" + row["pack"])), key=lambda row: row["pack"] not in gone)
spots = {id: (row["pack"], *row["frames"][frame], at, size) for row in rows for id, frame, at, size in row["pieces"]}
@functools.lru_cache(16)
def frame(pack, offset, length):
    with open(work + "/" + pack, "rb") as f: f.seek(offset); return run("zstd", "-dcq", data=f.read(length))
def piece(id):
    pack, offset, length, _, at, size = spots[id]; return frame(pack, offset, length)[at:at + size]
snap = max(runs.values(), key=lambda s: s["started"]) if want == "latest" else snaps[want]
lines, names, groups = [json.loads(x) for leaf in snap["leaves"] for x in piece(leaf[2]).splitlines()], [], {}
for e in lines:
    name = os.path.join(out.encode(), base64.b64decode(e["pb"]) if "pb" in e else e["p"].encode())
    if b"/../" in name + b"/" or e["t"] in "scb" or ("e" in e and e["t"] != "d"): continue
    if e["t"] == "d": os.makedirs(name, exist_ok=True)
    elif e["t"] == "l": os.symlink(base64.b64decode(e["lb"]) if "lb" in e else e["l"].encode(), name)
    elif e["t"] == "p": os.mkfifo(name)
    elif "h" in e and e["h"] in groups: os.link(groups[e["h"]], name)
    else:
        parts = e.get("c", []) if "cl" not in e else [p for id in e["cl"] for p in json.loads(piece(id))]
        with open(name, "wb") as f:
            for id, size in ([[parts, e["s"]]] if isinstance(parts, str) else parts): f.seek(size, 1) if id == 0 else f.write(piece(id))
            f.truncate(e["s"])
        groups[e.get("h")] = name
    names.append((name, e))
for name, e in reversed(names):
    if os.getuid() == 0: os.chown(name, e["u"], e["g"], follow_symlinks=False)
    if e["t"] != "l": os.chmod(name, e["m"])
    os.utime(name, ns=(int(e["mt"]), int(e["mt"])), follow_symlinks=False)
print("Restored", len(names), "entries. Remove", work, "when you are done: it holds decrypted objects.")
