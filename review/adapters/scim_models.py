"""The SCIM resources that this installation serves (RFC 7643); it takes a second to load, so only SCIM loads it.

Only what the product needs is there: what else a directory sends of a person is not kept.
"""

from typing import Annotated, Any

from pydantic import EmailStr, Field, model_validator
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST_RESULTS = 200
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""As Microsoft Entra asks: members to remove are named in the value, a first e-mail by a filter that fits none yet."""


class Name(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """One e-mail; the primary one is used."""

    value: EmailStr | None = None
    type: str | None = Field(None, examples=["work", "other"])
    primary: bool | None = None


class Membership(ComplexAttribute):
    """A group that somebody is in, told by the group."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    display: Annotated[str | None, Mutability.read_only] = None


class Manager(ComplexAttribute):
    """The number of the manager here."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference["User"] | None = Field(  # type: ignore[type-arg] # the name of the resource, as SCIM has it
        None, serialization_alias="$ref", validation_alias="$ref"
    )

    @model_validator(mode="before")
    @classmethod
    def _take_bare_number(cls, given: Any) -> Any:
        """Take the number alone, or in a list of one, as Microsoft Entra sends it; an empty one is nobody."""
        if isinstance(given, list) and len(given) == 1:
            given = given[0]
        return {"value": given} if isinstance(given, str) else given


class EnterpriseUser(Extension):
    """Function and manager."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    department: str | None = None
    manager: Manager | None = None


class User(Resource[AnyExtension]):
    """A person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    title: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    groups: Annotated[list[Membership] | None, Mutability.read_only] = None


class Member(ComplexAttribute):
    """Somebody in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    """A group; the settings say which role its members hold."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    members: list[Member] | None = None


FullUser = User[EnterpriseUser]


def describe_service() -> ScimProvider:
    """Return what is served, and what of the standard is done."""
    bearer = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken,
        name="Bearer token",
        description="A token made by `dualtrack scim token`, in the header Authorization.",
        primary=True,
    )
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[bearer],
    )
    types = [ResourceType.from_resource(FullUser), ResourceType.from_resource(Group)]
    return ScimProvider([User, EnterpriseUser, Group], types, config, POLICY)
