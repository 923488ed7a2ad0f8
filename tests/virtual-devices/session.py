#!/usr/bin/python3
"""Who knows whether the screen is locked, for tests: logind with one session of this user, and a desktop's screen saver, both on
the bus of DBUS_SYSTEM_BUS_ADDRESS.

    session.py

What is read on standard input changes what they say, one word a line: "lock" and "unlock" for logind's hint, "save" and "wake"
for the screen saver, "end" takes logind away. Needs python3-dbus and python3-gi.
"""
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

LOGIND = "org.freedesktop.login1"
USER = "/org/freedesktop/login1/user/self"
SESSION = "/org/freedesktop/login1/session/_31"
SAVER = "org.freedesktop.ScreenSaver"


class Thing(dbus.service.Object):
    """An object that has properties and nothing else."""

    def __init__(self, bus, path, properties):
        super().__init__(bus, path)
        self.properties = properties

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.properties[interface][name]


class Saver(dbus.service.Object):
    active = False

    @dbus.service.method(SAVER, out_signature="b")
    def GetActive(self):
        return self.active


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    names = [dbus.service.BusName(name, bus) for name in (LOGIND, SAVER)]
    display = dbus.Struct(("1", dbus.ObjectPath(SESSION)), signature="so")
    session = Thing(bus, SESSION, {f"{LOGIND}.Session": {"LockedHint": dbus.Boolean(False)}})
    user = Thing(bus, USER, {f"{LOGIND}.User": {"Display": display}})
    saver = Saver(bus, "/org/freedesktop/ScreenSaver")

    def hear(stream, _):
        word = stream.readline().strip()
        if not word:
            return False
        if word in ("lock", "unlock"):
            session.properties[f"{LOGIND}.Session"]["LockedHint"] = dbus.Boolean(word == "lock")
        elif word in ("save", "wake"):
            saver.active = word == "save"
        elif word == "end":
            bus.release_name(LOGIND)
        print("did", word, flush=True)
        return True

    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, hear)
    print("ready", flush=True)
    GLib.MainLoop().run()
    del names, user


if __name__ == "__main__":
    main()
