#!/usr/bin/python3
"""A heart rate strap on a Bluetooth controller of this machine, through BlueZ: strap.py hci0

It advertises the Heart Rate service (org.bluetooth.service.heart_rate, 0x180D) as "Attune strap" and notifies one Heart Rate
Measurement (0x2A37) a second: 60 a minute, and intervals of 1000 and 976.6 ms in turn.
"""
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

BLUEZ = "org.bluez"
PROPERTIES = "org.freedesktop.DBus.Properties"
HEART_RATE = "180d"
MEASUREMENT = "2a37"
PACKETS = ["163c0004", "163de803"]  # flags (contact, intervals), rate, interval in 1/1024 s


class Part(dbus.service.Object):
    """An object of this application, with one interface of properties."""

    def __init__(self, bus, path, interface, properties):
        super().__init__(bus, path)
        self.path, self.interface, self.properties = dbus.ObjectPath(path), interface, properties

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.properties if interface == self.interface else {}


class Application(dbus.service.Object):
    def __init__(self, bus, parts):
        super().__init__(bus, "/attune")
        self.parts = parts

    @dbus.service.method("org.freedesktop.DBus.ObjectManager", out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return {part.path: {part.interface: part.properties} for part in self.parts}


class Measurement(Part):
    beats, notifies = 0, False

    @dbus.service.method("org.bluez.GattCharacteristic1")
    def StartNotify(self):
        if not self.notifies:
            self.notifies = True
            GLib.timeout_add(1000, self.beat)

    @dbus.service.method("org.bluez.GattCharacteristic1")
    def StopNotify(self):
        self.notifies = False

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def beat(self):
        packet = bytes.fromhex(PACKETS[self.beats % len(PACKETS)])
        self.beats += 1
        value = dbus.Array([dbus.Byte(byte) for byte in packet], signature="y")
        self.PropertiesChanged(self.interface, {"Value": value}, [])
        return self.notifies


class Advertisement(Part):
    @dbus.service.method("org.bluez.LEAdvertisement1")
    def Release(self):
        print("released", flush=True)


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    controller = bus.get_object(BLUEZ, f"/org/bluez/{sys.argv[1]}")
    dbus.Interface(controller, PROPERTIES).Set("org.bluez.Adapter1", "Powered", dbus.Boolean(True))
    service = Part(bus, "/attune/service", "org.bluez.GattService1", {"UUID": HEART_RATE, "Primary": dbus.Boolean(True)})
    flags = dbus.Array(["notify"], signature="s")
    properties = {"UUID": MEASUREMENT, "Service": service.path, "Flags": flags}
    measurement = Measurement(bus, "/attune/service/measurement", "org.bluez.GattCharacteristic1", properties)
    application = Application(bus, [service, measurement])
    said = {"Type": "peripheral", "ServiceUUIDs": dbus.Array([HEART_RATE], signature="s"), "LocalName": "Attune strap"}
    advertisement = Advertisement(bus, "/attune/advertisement", "org.bluez.LEAdvertisement1", said)

    def failed(problem):
        print("failed:", problem, flush=True)
        loop.quit()

    nothing = dbus.Dictionary({}, signature="sv")

    def tell(word):
        return {"reply_handler": lambda: print(word, flush=True), "error_handler": failed}

    manager = dbus.Interface(controller, "org.bluez.GattManager1")
    manager.RegisterApplication(dbus.ObjectPath("/attune"), nothing, **tell("serves"))
    manager = dbus.Interface(controller, "org.bluez.LEAdvertisingManager1")
    manager.RegisterAdvertisement(advertisement.path, nothing, **tell("advertises"))
    loop = GLib.MainLoop()
    loop.run()
    del application


if __name__ == "__main__":
    main()
