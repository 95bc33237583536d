"""Our application on uvicorn, which speaks ASGI: a2wsgi gives each request a thread.

uvicorn benchmarks.others.on_uvicorn:app
"""

from a2wsgi import WSGIMiddleware

from visn_whatsapp.wsgi import application

THREADS = 64

app = WSGIMiddleware(application, workers=THREADS)
