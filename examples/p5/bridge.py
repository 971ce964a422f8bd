"""OSC to a page in a browser, which cannot hear UDP: each message as JSON over a WebSocket.

python bridge.py [OSC_PORT [WEBSOCKET_PORT]]. python-osc and websockets come with dancelive.
"""

import asyncio
import json
import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import AsyncIOOSCUDPServer
from websockets.asyncio.server import ServerConnection, broadcast, serve

# All joints come once more by themselves: 18 messages that this page does not need.
WANTED = ("/dancelive/dancer/0/pose", "/dancelive/audio/level", "/dancelive/beat")


async def main(osc_port: int = 9100, web_port: int = 9180) -> None:
    guests: set[ServerConnection] = set()

    async def greet(guest: ServerConnection) -> None:
        guests.add(guest)
        await guest.wait_closed()
        guests.discard(guest)

    dispatcher = Dispatcher()
    for address in WANTED:
        dispatcher.map(address, lambda *said: broadcast(guests, json.dumps(said)))
    loop = asyncio.get_running_loop()
    await AsyncIOOSCUDPServer(("127.0.0.1", osc_port), dispatcher, loop).create_serve_endpoint()
    async with serve(greet, "127.0.0.1", web_port) as server:
        print(f"OSC from port {osc_port} to ws://127.0.0.1:{web_port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
