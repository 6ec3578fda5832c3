"""The phone's package: gather what goes into it, and check all that can be checked without an SDK.

Job: build/android/app is exactly what the phone gets; five checks, each named, each ends in "ok" or in what is wrong.
Never: build an APK (docs/android.md says how), or need more than Python and pinned packages.

    .venv/bin/python scripts/android.py stage     fill build/android/app, icon and presplash
    .venv/bin/python scripts/android.py check     stage, then spec, recipes, manifest, imports, runs
"""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "android"
APP = BUILD / "app"
SPEC = ROOT / "mobile" / "buildozer.spec"
PHONE = ROOT / "mobile" / "requirements.txt"
TOOLS = BUILD / "tools"
PARTS = (
    "__init__.py",
    "app.py",
    "asking.py",
    "page.py",
    "main.py",
    "core",
    "device",
    "screens",
    "service",
    "widgets",
    "assets",
)
GEOMETRY = ("__init__.py", "plain.py", "crs.py", "geojson.py")
"""What of ``gis`` needs the standard library only; the phone gets no more."""
FIRST_LINE = '"""The first line on a phone."""\n\nfrom mobile.main import main\n\nmain()\n'
GIVEN = frozenset({"jnius", "android", "kivy", "PIL"})
"""Names the recipes bring: pyjnius, android, kivy, pillow."""
DESK_ONLY = frozenset({"cryptography"})
"""Imported by the stand-in for a phone alone, inside functions (mobile/device/desktop.py)."""
FORBIDDEN = ("CAMERA", "ACCESS_BACKGROUND_LOCATION", "READ_CONTACTS", "READ_PHONE_STATE")
BLUE, WHITE = "#0B4FA8", "#FFFFFF"


def main() -> None:
    """Do what the command line names."""
    os.chdir(ROOT)
    if sys.argv[1:] == ["stage"]:
        stage()
        return
    stage()
    failed = [name for name, check in CHECKS.items() if not told(name, check)]
    if failed:
        sys.exit(f"not ok: {', '.join(failed)}")


def told(name: str, check: Callable[[], str]) -> bool:
    """Run one check and print how it ended."""
    try:
        print(f"ok      {name}: {check()}", flush=True)
    except Exception as problem:
        print(f"NOT OK  {name}: {problem}", flush=True)
        return False
    return True


# --- what goes in ----------------------------------------------------------------------------------------------------


def stage() -> None:
    """Copy what the phone runs into build/android/app, and draw its icon and first picture."""
    shutil.rmtree(APP, ignore_errors=True)
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc", "stamp")
    for folder, names in (("mobile", PARTS), ("gis", GEOMETRY)):
        for name in names:
            source, target = ROOT / folder / name, APP / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=skipped)
            else:
                shutil.copy2(source, target)
    (APP / "main.py").write_text(FIRST_LINE, encoding="utf-8")
    server = os.environ.get("GRIDWHISTLE_SERVER", "")
    if server:
        (APP / "mobile" / "assets" / "server.txt").write_text(server, encoding="utf-8")
    draw(512, 0.62).save(BUILD / "icon.png")
    draw(1024, 0.34).save(BUILD / "presplash.png")


def draw(side: int, share: float) -> Image.Image:
    """Return a picture with the whistle in white on blue, ``share`` of its side large."""
    from mobile.widgets.icons import glyph

    picture = Image.new("RGB", (side, side), BLUE)
    font = ImageFont.truetype(str(ROOT / "mobile" / "assets" / "fonts" / "icons.ttf"), int(side * share))
    ImageDraw.Draw(picture).text((side / 2, side / 2), glyph("whistle-outline"), font=font, fill=WHITE, anchor="mm")
    return picture


# --- checks ----------------------------------------------------------------------------------------------------------


def spec() -> configparser.ConfigParser:
    """Return the package's description."""
    found = configparser.ConfigParser(interpolation=None)
    found.read(SPEC, encoding="utf-8")
    return found


def listed(key: str) -> list[str]:
    """Return a list of the description."""
    return [one.strip() for one in spec()["app"][key].split(",") if one.strip()]


def tools() -> Path:
    """Return the environment of buildozer and python-for-android, made when it is missing."""
    if not (TOOLS / "bin" / "buildozer").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(TOOLS)], check=True)
        lock = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements/android.lock"]
        subprocess.run([str(TOOLS / "bin" / "pip"), "install", "-q", "--no-input", *lock], check=True)
    return TOOLS / "bin" / "python"


def asked(code: str, folder: Path = ROOT) -> str:
    """Run ``code`` with the tools and return what it printed; raises with the end of the output when it fails."""
    done = subprocess.run([str(tools()), "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-800:])
    return done.stdout.strip()


def check_spec() -> str:
    """Buildozer reads the description and finds nothing wrong; what must not be asked for is not asked for."""
    code = (
        "import sys; from buildozer import Buildozer; b = Buildozer(filename='buildozer.spec', target='android');"
        "b.check_configuration_tokens(); b.target.check_configuration_tokens(); print('read')"
    )
    asked(code, SPEC.parent)
    wrong = [name for name in FORBIDDEN if any(name in one for one in listed("android.permissions"))]
    if wrong:
        raise ValueError(f"permissions nobody should be asked for: {wrong}")
    pinned = set(re.findall(r"^([a-z0-9-]+==[\w.]+)", PHONE.read_text(), re.MULTILINE))
    missing = {one for one in pinned if not one.startswith("pillow")} - set(listed("requirements"))
    if missing:
        raise ValueError(f"in mobile/requirements.txt, not in the spec: {missing}")
    app = spec()["app"]
    return f"API {app['android.api']}, {app['android.archs']}, {len(listed('android.permissions'))} permissions"


def check_recipes() -> str:
    """python-for-android finds a recipe or a pure package for every requirement, in an order that can be built."""
    code = f"""
import os
from pythonforandroid.bootstrap import Bootstrap
from pythonforandroid.build import Context
from pythonforandroid.graph import get_recipe_order_and_bootstrap
context = Context(); context.recipe_build_order = []
names = []
for one in {listed("requirements")!r}:
    name, _, version = one.partition("==")
    if version: os.environ["VERSION_" + name] = version
    names.append(name)
order, pure, bootstrap = get_recipe_order_and_bootstrap(context, names, Bootstrap.get_bootstrap("sdl2", context))
print(len(order), "recipes:", " ".join(order), "; pure:", " ".join(sorted(pure)))
"""
    return asked(code).splitlines()[-1]


def check_manifest() -> str:
    """The manifest as python-for-android writes it has the services, permissions and filters that were asked for."""
    manifest = manifest_of(dist())
    wanted = (
        'android:foregroundServiceType="location|dataSync"', 'android:allowBackup="false"', "gridwhistle",
        "<queries>", 'android:targetSdkVersion="34"', "USE_FULL_SCREEN_INTENT", 'android:maxSdkVersion="28"',
        "android.permission.RECORD_AUDIO", '"android.hardware.microphone" android:required="false"',
    )  # fmt: skip
    missing = [one for one in wanted if one not in manifest]
    if missing:
        raise ValueError(f"not in the manifest: {missing}")
    return f"{len(manifest.splitlines())} lines, service {re.findall(r'ServiceSync', manifest)[0]}"


def dist() -> Path:
    """Return a folder as python-for-android would fill it, without anything compiled."""
    target = BUILD / "dist"
    shutil.rmtree(target, ignore_errors=True)
    source = next(TOOLS.glob("lib/python3*/site-packages/pythonforandroid/bootstraps"))
    for name in ("common", "_sdl_common", "sdl2"):
        shutil.copytree(source / name / "build", target, dirs_exist_ok=True)
    sdk = BUILD / "no-sdk"
    (sdk / "build-tools" / "34.0.0").mkdir(parents=True, exist_ok=True)
    archs, ndk = listed("android.archs"), int(spec()["app"]["android.ndk_api"])
    about = {"hostpython": "", "bootstrap": "sdl2", "python_version": "3.14", "archs": archs, "ndk_api": ndk}
    (target / "dist_info.json").write_text(json.dumps(about))
    (target / "project.properties").write_text("target=android-34\n")
    (target / "local.properties").write_text(f"sdk.dir={sdk}\n")
    for arch in archs:
        (target / f"_python_bundle__{arch}" / "_python_bundle").mkdir(parents=True)
        (target / "libs" / arch).mkdir(parents=True)
        (target / "libs" / arch / "libpybundle.so").touch()
    return target


def manifest_of(target: Path) -> str:
    """Let python-for-android write the manifest of the package in ``target`` and return it."""
    app = spec()["app"]
    folder = SPEC.parent
    words = [
        "--private", str(APP), "--package", f"{app['package.domain']}.{app['package.name']}", "--name", app["title"],
        "--version", app["version"], "--sdk", app["android.api"], "--minsdk", app["android.minapi"],
        "--icon", str(BUILD / "icon.png"), "--presplash", str(BUILD / "presplash.png"), "--orientation", "portrait",
        "--allow-backup", "false", "--enable-androidx", "--no-byte-compile-python",
        "--activity-launch-mode", app["android.manifest.launch_mode"],
        "--intent-filters", str(folder / app["android.manifest.intent_filters"]),
        "--extra-manifest-xml", (folder / app["android.extra_manifest_xml"]).read_text(),
    ]  # fmt: skip
    words += [part for one in listed("android.permissions") for part in ("--permission", one)]
    words += [part for one in listed("services") for part in ("--service", one)]
    tools()
    done = subprocess.run(
        [str(TOOLS / "bin" / "python"), "build.py", *words], cwd=target, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-800:])
    return (target / "src" / "main" / "AndroidManifest.xml").read_text(encoding="utf-8")


def check_imports() -> str:
    """Every package the phone's code imports is the standard library's, ours, or named in mobile/requirements.txt."""
    named = {name.replace("-", "_") for name in re.findall(r"^([a-z0-9-]+)==", PHONE.read_text(), re.MULTILINE)}
    known = named | GIVEN | {"mobile", "gis"} | set(sys.stdlib_module_names)
    strange = {
        (name, path.relative_to(APP)) for path in APP.rglob("*.py") for name in imported(path) if name not in known
    }
    wrong = [
        f"{name} in {path}" for name, path in sorted(strange) if name not in DESK_ONLY or path.name != "desktop.py"
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return f"{sum(1 for _ in APP.rglob('*.py'))} modules"


def imported(path: Path) -> Iterator[str]:
    """Yield the first names of what a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def check_runs() -> str:
    """The staged app opens and draws its pages with the phone's packages alone, without asserts and docstrings."""
    from scripts.phone_parity import pythons, run

    return "; ".join(run(python) for python in pythons())


CHECKS = {
    "spec": check_spec,
    "recipes": check_recipes,
    "manifest": check_manifest,
    "imports": check_imports,
    "runs": check_runs,
}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
