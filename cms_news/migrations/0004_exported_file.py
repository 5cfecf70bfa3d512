# What exports wrote, so that they replace nothing else.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms_news', '0003_article_source'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('folder', models.CharField(editable=False, max_length=64)),
                ('content_hash', models.CharField(editable=False, max_length=64)),
                ('exported_at', models.DateTimeField(editable=False)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exported_files', to='cms_news.article')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('article', 'folder'), name='cms_news_exportedfile_once')],
            },
        ),
    ]
