#!/usr/bin/python3
"""A BlueZ of made-up wearables, for tests: what btleplug needs of org.bluez, on the bus of DBUS_SYSTEM_BUS_ADDRESS.

    bluez.py SCENARIO.json

The scenario holds {"adapter": {...}, "devices": [{...}]}. A device has an "address" and a "name", may have an "rssi" and
the behaviours below, and "services": for each UUID its characteristics, for each of those

    "read"    what reading gives, hexadecimal
    "notify"  what it sends once subscribed, hexadecimal, one after the other and from the beginning again
    "every"   seconds between two of them (1)
    "at"      in its place, for each of "notify" the seconds after the subscription; each is sent once, and the time of the
              first one written to standard output, Unix seconds
    "replies" what is sent back for what is written: {"hex": [hex, ...]}, one after the other, and the last one again and again

UUIDs are given in full or as four digits. Behaviours of a device, all off by default:

    "away"     true: out of reach. It advertises nothing, a connection is lost, and connecting fails
    "unheard"  true: as away, but no word of it comes: the properties stand still
    "silent"   true: connected, but it sends nothing
    "deaf"     n: so many subscriptions have no effect
    "refuse"   n: so many connections are aborted
    "late"     seconds from connecting until its services are there
    "twice"    true: each packet comes twice
    "next"     [hex, ...]: sent in the place of the next packets

An adapter may be "powered": false. What is read on standard input changes things while it runs, one JSON object a line:
{"address": ..., behaviours} or {"adapter": {...}}. What is called is written to standard output, one call a line.
Needs python3-dbus and python3-gi.
"""
import json
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
HCI = "/org/bluez/hci0"
ADVERTISES_EVERY = 500  # milliseconds


def say(*words):
    print(*words, flush=True)


def uuid(short):
    return f"0000{short}-0000-1000-8000-00805f9b34fb" if len(short) == 4 else short


def octets(text):
    return dbus.Array([dbus.Byte(b) for b in bytes.fromhex(text)], signature="y")


def strings(values):
    return dbus.Array(values, signature="s")


def failed(message, name="Failed"):
    return dbus.DBusException(message, name=f"org.bluez.Error.{name}")


class Thing(dbus.service.Object):
    """An object with one interface of properties."""

    def __init__(self, mock, path, interface, properties):
        super().__init__(mock.bus, path)
        self.mock, self.path, self.interface, self.properties = mock, path, interface, properties

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.all(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return dbus.Dictionary(self.all(interface), signature="sv")

    @dbus.service.method(PROPERTIES, in_signature="ssv")
    def Set(self, interface, name, value):
        say("Set", name, value)
        self.change(**{name: value})

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def all(self, interface):
        return self.properties if interface == self.interface else {}

    def change(self, **changed):
        self.properties.update(changed)
        self.PropertiesChanged(self.interface, dbus.Dictionary(changed, signature="sv"), strings([]))


class Root(dbus.service.Object):
    """What tells which objects there are."""

    def __init__(self, bus):
        super().__init__(bus, "/")
        self.there = {}

    @dbus.service.method(MANAGER, out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return dbus.Dictionary(
            {dbus.ObjectPath(p): self.describe(thing) for p, thing in self.there.items()}, signature="oa{sa{sv}}"
        )

    @dbus.service.signal(MANAGER, signature="oa{sa{sv}}")
    def InterfacesAdded(self, path, interfaces):
        pass

    @dbus.service.signal(MANAGER, signature="oas")
    def InterfacesRemoved(self, path, interfaces):
        pass

    @staticmethod
    def describe(thing):
        properties = dbus.Dictionary(thing.properties, signature="sv")
        return dbus.Dictionary({thing.interface: properties}, signature="sa{sv}")

    def add(self, thing):
        if thing.path not in self.there:
            self.there[thing.path] = thing
            self.InterfacesAdded(dbus.ObjectPath(thing.path), self.describe(thing))

    def remove(self, thing):
        if self.there.pop(thing.path, None):
            self.InterfacesRemoved(dbus.ObjectPath(thing.path), strings([thing.interface]))


class Adapter(Thing):
    def __init__(self, mock, settings):
        properties = {
            "Address": "02:00:00:00:00:01",
            "AddressType": "public",
            "Name": "virtual",
            "Alias": "virtual",
            "Class": dbus.UInt32(0),
            "Powered": dbus.Boolean(settings.get("powered", True)),
            "Discoverable": dbus.Boolean(False),
            "DiscoverableTimeout": dbus.UInt32(0),
            "Pairable": dbus.Boolean(True),
            "PairableTimeout": dbus.UInt32(0),
            "Discovering": dbus.Boolean(False),
            "UUIDs": strings([]),
            "Modalias": "usb:v1D6Bp0246d0542",
        }
        super().__init__(mock, HCI, ADAPTER, properties)
        mock.root.add(self)

    @dbus.service.method(ADAPTER, in_signature="a{sv}")
    def SetDiscoveryFilter(self, _):
        pass

    @dbus.service.method(ADAPTER)
    def StartDiscovery(self):
        say("StartDiscovery")
        if not self.properties["Powered"]:
            raise failed("Resource Not Ready", "NotReady")
        if self.properties["Discovering"]:
            raise failed("Operation already in progress", "InProgress")
        self.change(Discovering=dbus.Boolean(True))
        GLib.timeout_add(ADVERTISES_EVERY, self.advertise)

    @dbus.service.method(ADAPTER)
    def StopDiscovery(self):
        say("StopDiscovery")
        self.change(Discovering=dbus.Boolean(False))
        for device in self.mock.devices.values():
            device.properties.pop("RSSI", None)

    def advertise(self):
        if not self.properties["Discovering"]:
            return False
        for device in self.mock.devices.values():
            device.advertise()
        return True


class Device(Thing):
    def __init__(self, mock, settings):
        self.settings = settings
        self.address = settings["address"]
        properties = {
            "Address": self.address,
            "AddressType": "random",
            "Name": settings["name"],
            "Alias": settings["name"],
            "Paired": dbus.Boolean(False),
            "Trusted": dbus.Boolean(False),
            "Blocked": dbus.Boolean(False),
            "LegacyPairing": dbus.Boolean(False),
            "Connected": dbus.Boolean(False),
            "UUIDs": strings([uuid(service) for service in settings.get("advertises", settings["services"])]),
            "Adapter": dbus.ObjectPath(HCI),
            "ServicesResolved": dbus.Boolean(False),
        }
        super().__init__(mock, f"{HCI}/dev_{self.address.replace(':', '_')}", DEVICE, properties)
        self.parts = []

    def is_away(self):
        return self.settings.get("away") or self.settings.get("unheard")

    def advertise(self):
        if self.is_away() or self.properties["Connected"]:
            return
        self.properties["RSSI"] = dbus.Int16(self.settings.get("rssi", -55))
        self.mock.root.add(self)
        self.change(RSSI=self.properties["RSSI"])

    def counted(self, behaviour):
        """Whether a behaviour that is there so many times is there now."""
        left = self.settings.get(behaviour, 0)
        self.settings[behaviour] = max(0, left - 1)
        return left > 0

    @dbus.service.method(DEVICE, async_callbacks=("done", "fail"))
    def Connect(self, done, fail):
        say("Connect", self.address)
        if self.counted("refuse"):
            return fail(failed("le-connection-abort-by-local"))
        if self.is_away():
            return GLib.timeout_add(1000, lambda: fail(failed("Page Timeout")) and False)
        self.change(Connected=dbus.Boolean(True))
        late = self.settings.get("late", 0)
        if late:
            GLib.timeout_add(int(1000 * late), self.show_services)
        else:
            self.show_services()
        self.change(ServicesResolved=dbus.Boolean(True))
        return done()

    @dbus.service.method(DEVICE)
    def Disconnect(self):
        say("Disconnect", self.address)
        self.lose()

    def show_services(self):
        for number, (service, characteristics) in enumerate(self.settings["services"].items()):
            path = f"{self.path}/service{10 * (number + 1):04x}"
            properties = {
                "UUID": uuid(service),
                "Device": dbus.ObjectPath(self.path),
                "Primary": dbus.Boolean(True),
                "Includes": dbus.Array([], signature="o"),
                "Handle": dbus.UInt16(10 * (number + 1)),
            }
            self.parts.append(Thing(self.mock, path, SERVICE, properties))
            for place, (name, settings) in enumerate(characteristics.items()):
                self.parts.append(Characteristic(self, f"{path}/char{place + 1:04x}", path, name, settings))
        for part in self.parts:
            self.mock.root.add(part)
        return False

    def lose(self, signal=True):
        for part in self.parts:
            part.ended = True
            self.mock.root.remove(part)
            part.remove_from_connection()
        self.parts = []
        changed = {"Connected": dbus.Boolean(False), "ServicesResolved": dbus.Boolean(False)}
        if signal:
            self.change(**changed)
        else:
            self.properties.update(changed)

    def set(self, settings):
        self.settings.update(settings)
        if self.is_away():
            self.properties.pop("RSSI", None)
        if self.is_away() and self.properties["Connected"]:
            self.lose(signal=not self.settings.get("unheard"))


class Characteristic(Thing):
    def __init__(self, device, path, service, name, settings):
        self.device, self.settings, self.name, self.ended = device, settings, name, False
        self.place, self.subscribed = 0, False
        kinds = {"read": "read", "notify": "notify", "replies": "write"}
        properties = {
            "UUID": uuid(name),
            "Service": dbus.ObjectPath(service),
            "Value": octets(""),
            "Notifying": dbus.Boolean(False),
            "Flags": strings([flag for key, flag in kinds.items() if key in settings]),
            "Handle": dbus.UInt16(1),
            "MTU": dbus.UInt16(247),
        }
        super().__init__(device.mock, path, CHARACTERISTIC, properties)

    @dbus.service.method(CHARACTERISTIC)
    def StartNotify(self):
        say("StartNotify", self.device.address, self.name)
        if self.device.counted("deaf") or self.subscribed:
            return
        self.subscribed = True
        self.change(Notifying=dbus.Boolean(True))
        if "at" in self.settings:
            for at, packet in zip(self.settings["at"], self.settings["notify"]):
                GLib.timeout_add(int(1000 * at), self.send_once, packet)
            return
        GLib.timeout_add(int(1000 * self.settings.get("every", 1)), self.notify)

    @dbus.service.method(CHARACTERISTIC)
    def StopNotify(self):
        say("StopNotify", self.device.address, self.name)
        self.subscribed = False

    @dbus.service.method(CHARACTERISTIC, in_signature="a{sv}", out_signature="ay")
    def ReadValue(self, _):
        say("ReadValue", self.device.address, self.name)
        value = octets(self.settings.get("read", ""))
        self.change(Value=value)
        return value

    @dbus.service.method(CHARACTERISTIC, in_signature="aya{sv}")
    def WriteValue(self, value, _):
        written = bytes(value).hex()
        say("WriteValue", self.device.address, self.name, written)
        replies = self.settings.get("replies", {}).get(written)
        if replies:
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
            GLib.timeout_add(20, self.answer, reply)

    def answer(self, reply):
        self.change(Value=octets(reply))
        return False

    def send_once(self, packet):
        if not self.place:
            say("first", time.time())
        self.place += 1
        self.change(Value=octets(packet))
        return False

    def notify(self):
        if self.ended or not self.subscribed:
            return False
        packets = self.settings.get("notify", [])
        if packets and not self.device.settings.get("silent"):
            waiting = self.device.settings.get("next", [])
            packet = waiting.pop(0) if waiting else packets[self.place % len(packets)]
            self.place += 1
            for _ in range(2 if self.device.settings.get("twice") else 1):
                self.change(Value=octets(packet))
        return True


class Mock:
    def __init__(self, scenario):
        self.bus = dbus.SystemBus()
        self.name = dbus.service.BusName("org.bluez", self.bus)
        self.root = Root(self.bus)
        self.adapter = Adapter(self, scenario.get("adapter", {}))
        self.devices = {settings["address"]: Device(self, settings) for settings in scenario["devices"]}

    def hear(self, stream, _):
        line = stream.readline()
        if not line:
            return False
        change = json.loads(line)
        if "adapter" in change:
            self.adapter.change(Powered=dbus.Boolean(change["adapter"]["powered"]))
        else:
            self.devices[change.pop("address")].set(change)
        say("changed", line.strip())
        return True


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    with open(sys.argv[1], encoding="utf-8") as file:
        mock = Mock(json.load(file))
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, mock.hear)
    say("ready")
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
