from __future__ import annotations

from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from openapi_spec_validator import validate


def test_the_schema_is_made_without_a_warning_and_is_valid():
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    validate(yaml.safe_load(out.getvalue()))


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/"])
def test_it_is_served(client, path, db):
    assert client.get(path).status_code == 200


def test_the_docs_need_no_other_host(client, db):
    page = client.get("/api/v1/docs/").content.decode()
    assert "<script" not in page
    assert 'src="http' not in page
