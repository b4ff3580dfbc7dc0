"""The rule of privacy, as a contract of import-linter: a subpackage is used by its public names."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

__all__ = ["PublicNamesContract"]


class PublicNamesContract(Contract):
    """Others import what a subpackage lists in its ``__init__``; files with an underscore are private to their folder.

    A subpackage is a folder right under the root package. Within one, files import each other.
    """

    root_package = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001  # import-linter's interface
        """Find imports of names that are not public."""
        broken = [
            {"importer": importer, "imported": imported, "rule": rule}
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if (rule := self._broken_rule(importer, imported))
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say what is to be imported instead."""
        for one in check.metadata["broken"]:
            output.print_error(f"{one['importer']} imports {one['imported']}: {one['rule']}")

    def _broken_rule(self, importer: str, imported: str) -> str:
        parts = imported.split(".")
        if len(parts) > 2 and parts[1] not in importer.split(".")[1:2]:
            return f"import it from {'.'.join(parts[:2])}, which lists what is public"
        folder = ".".join(parts[:-1])
        if parts[-1].startswith("_") and importer != folder and not importer.startswith(f"{folder}."):
            return f"a file with an underscore is private to {folder}"
        return ""
