"""The server's half of one SASL exchange, by GNU SASL.

Arguments: mechanism, user, password, tls-exporter binding in base64, which may be empty. Reads the client's messages in base64, one a line;
answers each with the SMTP reply.
"""

import ctypes
import sys

mechanism, user, password, exporter = sys.argv[1:5]

OK, NEEDS_MORE, NO_CALLBACK = 0, 1, 51
AUTHID, PASSWORD, SCRAM_ITER, CB_TLS_EXPORTER = 1, 3, 15, 25

library = ctypes.CDLL("libgsasl.so.18")
library.gsasl_property_fast.restype = ctypes.c_char_p
library.gsasl_strerror_name.restype = ctypes.c_char_p
for name in ("gsasl_property_set", "gsasl_property_fast", "gsasl_callback_set", "gsasl_server_start", "gsasl_step64"):
    getattr(library, name).argtypes = None


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
def callback(_context, session, wanted):
    answers = {SCRAM_ITER: "4096"}
    if exporter:
        answers[CB_TLS_EXPORTER] = exporter
    who = library.gsasl_property_fast(ctypes.c_void_p(session), AUTHID)
    if wanted == PASSWORD and who == user.encode():
        answers[PASSWORD] = password
    if wanted not in answers:
        return NO_CALLBACK
    library.gsasl_property_set(ctypes.c_void_p(session), wanted, answers[wanted].encode())
    return OK


def reply(text):
    print(text, flush=True)


context = ctypes.c_void_p()
library.gsasl_init(ctypes.byref(context))
library.gsasl_callback_set(context, callback)
exchange = ctypes.c_void_p()
if library.gsasl_server_start(context, mechanism.encode(), ctypes.byref(exchange)) != OK:
    reply("504 5.5.4 unknown mechanism")
    sys.exit()

for line in sys.stdin:
    output = ctypes.c_char_p()
    result = library.gsasl_step64(exchange, line.strip().encode(), ctypes.byref(output))
    if result not in (OK, NEEDS_MORE):
        reply(f"535 5.7.8 {library.gsasl_strerror_name(result).decode()}")
        break
    if output.value:
        reply(f"334 {output.value.decode()}")
        if result == OK:
            sys.stdin.readline()
    if result == OK:
        reply("235 2.7.0 welcome")
        break
