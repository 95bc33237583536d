#!/bin/sh
# Django 6.1.3: a union of two querysets in no order is asked for in the order of the model.
#
# `order_by()` takes a model's own order (Meta.ordering) from both parts, and both ask for some columns
# by `values()`. Up to 6.0 their union had no order either. From 6.1 on the union takes the model's
# order all the same, finds that its columns are not among those that were asked for, and raises
# "ORDER BY term does not match any column in the result set." `union(…).order_by()` helps in all
# versions.
#
# Who has a union of two `values()` on a model with an order, and had already said on both parts that
# there is none, meets it on the way from 6.0 to 6.1.
# Seen: "6.0.9: 2 rows", and "6.1.3: DatabaseError, with order_by() after it 2 rows".
# Exits with 0 while that is so, with 1 once it is not, with 2 where there is no Python from 3.12 on.
set -eu
for python in python3.14 python3.13 python3.12 python3; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break
    python=
done
[ -n "$python" ] || { echo "Django 6 needs Python 3.12 or newer" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/ask.py" <<'ASK'
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[],
)
django.setup()

from django.db import DatabaseError, connection, models


class Note(models.Model):
    written = models.IntegerField()
    word = models.TextField()

    class Meta:
        app_label = "notes"
        ordering = ("-written",)


with connection.schema_editor() as editor:
    editor.create_model(Note)
Note.objects.create(written=1, word="a")
Note.objects.create(written=2, word="b")
unordered = Note.objects.order_by()
both = unordered.filter(word="a").values("word").union(unordered.filter(word="b").values("word"))
try:
    told = f"{len(both)} rows"
except DatabaseError:
    told = f"DatabaseError, with order_by() after it {len(both.order_by())} rows"
print(f"{django.__version__}: {told}")
ASK
for version in 6.0.9 6.1.3; do
    "$python" -m venv "$folder/$version"
    "$folder/$version/bin/python" -m pip install --quiet --disable-pip-version-check "django==$version"
    "$folder/$version/bin/python" "$folder/ask.py" | tee -a "$folder/told"
done
printf '%s\n' '6.0.9: 2 rows' '6.1.3: DatabaseError, with order_by() after it 2 rows' |
    cmp -s - "$folder/told"
