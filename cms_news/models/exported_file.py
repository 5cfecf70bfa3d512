from django.db import models


class ExportedFile(models.Model):
    """The file of an article as an export left it in a folder: what the next export there may replace."""

    article = models.ForeignKey(
        "cms_news.Article", on_delete=models.CASCADE, related_name="exported_files"
    )
    folder = models.CharField(max_length=64, editable=False)
    """SHA-256 of the folder's path, of one length however long the path is."""
    content_hash = models.CharField(max_length=64, editable=False)
    """SHA-256 of the bytes, in hexadecimal."""
    exported_at = models.DateTimeField(editable=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["article", "folder"], name="cms_news_exportedfile_once"
            ),
        ]

    def __str__(self) -> str:
        return self.content_hash
